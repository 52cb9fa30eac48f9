import { expect } from 'chai';
import { pageFiles, type PageFile } from '../../packages/admin/src/page/page-files.ts';
import { closeAll } from '../wire/running.ts';
import { desk } from './desk.ts';

const textOf = ({ bytes }: PageFile): string => Buffer.from(bytes).toString('utf8');

describe('the files of the page', () => {
  afterEach(closeAll);

  const files = pageFiles();
  const own = [...files].filter(([path]) => !path.startsWith('/page/uplot'));
  const html = textOf(files.get('/')!);

  it('CWE-79 nothing is made of a text but text: no markup is ever parsed', () => {
    const parses = own.filter(([, file]) => /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|setHTML|\beval\b|new Function|srcdoc/.test(textOf(file))).map(([path]) => path);
    expect(own.length).to.be.above(15);
    expect(parses).to.deep.equal([]);
  });

  it('CWE-829 nothing is asked for from elsewhere', () => {
    const elsewhere = own.flatMap(([path, file]) => [...textOf(file).matchAll(/(?:https?:)?\/\/[\w.-]+\.[a-z]{2,}[^\s'"]*/g)].map(([url]) => `${path} ${url}`)).filter((found) => !/\/\/ ?(?:www\.w3\.org\/2000\/svg|html\.spec\.whatwg\.org)/.test(found));
    expect(elsewhere).to.deep.equal([]);
  });

  it('have no script and no style inside the HTML, which the policy refuses', () => {
    expect(html).to.not.match(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/i);
  });

  it('are all there that they ask for', () => {
    const asked = [
      ...[...html.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map(([, path = '']) => path),
      ...own.flatMap(([, file]) => [...textOf(file).matchAll(/^import .*? from '(?:\.\/|\/page\/)([^']+)';$/gm)].map(([, name = '']) => `/page/${name}`)),
    ];
    expect(asked.length).to.be.above(20);
    expect(asked.filter((path) => !files.has(path))).to.deep.equal([]);
  });

  it('have an id in the HTML for each that a module looks for', () => {
    const ids = own.flatMap(([, file]) => [...textOf(file).matchAll(/byId\('([^']+)'/g)].map(([, id = '']) => id));
    expect(ids.length).to.be.above(20);
    expect(ids.filter((id) => !html.includes(`id="${id}"`))).to.deep.equal([]);
  });

  it('CWE-1021 are served with a policy that lets nothing in, without a token', async () => {
    const { url } = await desk();
    for (const [path, { type, bytes }] of files) {
      const response = await fetch(new URL(path, url));
      expect(response.status).to.equal(200);
      expect(response.headers.get('content-type')).to.equal(type);
      expect(response.headers.get('content-security-policy')).to.match(/^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;.* frame-ancestors 'none'$/);
      expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).to.equal(true);
    }
  });

  it('are served to nobody who came by a name of somebody else (DNS rebinding)', async () => {
    const { url } = await desk();
    const { get } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get(url, { headers: { host: 'evil.example' } }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    expect(status).to.equal(403);
  });
});

interface Parser {
  feed(piece: string): { readonly name: string; readonly data: string }[];
}

describe('the events that the page reads', () => {
  let make: () => Parser;

  before(async () => {
    const { EventParser } = await import(new URL('../../packages/admin/src/page/static/event-parser.js', import.meta.url).href) as { readonly EventParser: new () => Parser };
    make = () => new EventParser();
  });

  const text = 'event: sample\ndata: {"a":1}\n\n: a comment\n\ndata: one\ndata:two\r\n\r\nevent: nothing\n\nid: 7\nevent: last\ndata\n\n';
  const events = [{ name: 'sample', data: '{"a":1}' }, { name: '', data: 'one\ntwo' }, { name: 'last', data: '' }];

  it('are read as text/event-stream has them', () => {
    expect(make().feed(text)).to.deep.equal(events);
  });

  it('are the same wherever they are cut', () => {
    for (let at = 0; at <= text.length; at++) {
      const parser = make();
      expect([...parser.feed(text.slice(0, at)), ...parser.feed(text.slice(at))]).to.deep.equal(events);
    }
  });

  it('CWE-400 end with a line that never ends', () => {
    const parser = make();
    expect(() => { for (let i = 0; i < 20; i++) parser.feed('x'.repeat(100_000)); }).to.throw('too long');
  });
});
