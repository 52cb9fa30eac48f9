import { expect } from 'chai';
import { dialogPackage, type DialogSingle } from '@nksip-ts/event-notifier';
import type { Publication } from '@nksip-ts/event-compositor';
import { readXml } from '../../packages/event-notifier/src/xml/read.ts';
import { alice, dialog, dialogInfo, published } from './documents.ts';

const type = 'application/dialog-info+xml';
const pub = (content: string, publisher?: string, tag?: string): Publication => published(dialogInfo(content), type, publisher, tag);

function textOf(publications: readonly Publication[], single: DialogSingle = 'off'): string {
  return Buffer.from(dialogPackage(single).compose({ aor: alice, publications }, type).data).toString();
}

function dialogs(text: string): readonly string[] {
  const xml = readXml(Buffer.from(text));
  if (typeof xml === 'string') throw new Error(xml);
  return xml.root.children.map(({ attributes, children }) => `${attributes.get('id')} ${children[0]?.text}`);
}

describe('The package dialog', () => {
  it('one publication goes through byte for byte', () => {
    const body = dialogInfo(`\r\n${dialog('1', 'confirmed')}<!-- kept -->`);
    expect(textOf([published(body, type)])).to.equal(body);
  });

  it('C46 a phone that still talks stays busy when another call of its ends', () => {
    expect(dialogs(textOf([pub(dialog('1', 'confirmed')), pub(dialog('2', 'terminated'))]))).to.deep.equal(['1 confirmed']);
    expect(dialogs(textOf([pub(dialog('1', 'confirmed')), pub(dialog('2', 'early'))]))).to.deep.equal(['2 early', '1 confirmed']);
  });

  it('C46 of one dialog from one publisher the newest state counts, however often it was published (kamailio PR 726)', () => {
    const states = ['trying', 'early', 'confirmed', 'terminated'].map((state) => pub(dialog('1', state), 'alice@example.com'));
    expect(dialogs(textOf(states.slice(0, 3)))).to.deep.equal(['1 confirmed']);
    expect(dialogs(textOf(states))).to.deep.equal(['1 terminated']);
  });

  it('C46 dialogs of two publishers with one id are two, with ids of their own that stay', () => {
    const publications = [pub(dialog('1', 'early'), 'a', 'tagA'), pub(dialog('1', 'confirmed'), 'b', 'tagB')];
    const once = dialogs(textOf(publications));
    expect(once).to.have.lengthOf(2);
    expect(new Set(once.map((text) => text.split(' ')[0]))).to.have.lengthOf(2);
    expect(dialogs(textOf(publications))).to.deep.equal(once);
  });

  it('nothing is one dialog that has ended', () => {
    const idle = ['0 terminated'];
    expect(dialogs(Buffer.from(dialogPackage('off').neutral(alice, type).data).toString())).to.deep.equal(idle);
    expect(dialogs(textOf([pub('')]))).to.deep.equal(idle);
  });

  it('one dialog by rank for phones that read no more', () => {
    const publications = [pub(dialog('1', 'confirmed')), pub(dialog('2', 'early')), pub(dialog('3', 'trying'))];
    expect(dialogs(textOf(publications, 'confirmed-first'))).to.deep.equal(['1 confirmed']);
    expect(dialogs(textOf(publications, 'early-first'))).to.deep.equal(['2 early']);
  });

  it('each watcher has the version of its own subscription and the whole state, the rest byte for byte', () => {
    const body = `<?xml version='1.0'?>\n<!-- <dialog-info version='3'/> --><d:dialog-info xmlns:d="urn:ietf:params:xml:ns:dialog-info" note="a > b version='2'" version='7' state="partial" entity="sip:a@b"><d:dialog id="1" version="x"/></d:dialog-info>`;
    const { data } = dialogPackage('off').finish!({ data: Buffer.from(body), content_type: type }, { version: 12, type, accept: [] });
    expect(Buffer.from(data).toString()).to.equal(body.replace("version='7' state=\"partial\"", 'version="12" state="full"'));
  });

  it('XML 1.0 2.3 white space is four characters: U+FEFF and others that JavaScript takes for it belong to the names that they stand in', () => {
    const name = '\uFEFF\u1680';
    const body = `<d${name}:dialog-info xmlns:d${name}="urn:ietf:params:xml:ns:dialog-info" ${name}="" state="partial"\t${name}x\r\n=\n'1' version="7" entity="sip:a@b"/>`;
    const { data } = dialogPackage('off').finish!({ data: Buffer.from(body), content_type: type }, { version: 12, type, accept: [] });
    expect(Buffer.from(data).toString()).to.equal(body.replace('version="7"', 'version="12"').replace('state="partial"', 'state="full"'));
  });

  it('XML 1.0 2.3 the state of a dialog may have white space around it, but nothing else that JavaScript takes for that', () => {
    const publications = [pub(dialog('1', '\u00a0terminated')), pub(dialog('2', '\t\r\n terminated '))];
    expect(dialogs(textOf(publications))).to.deep.equal(['1 \u00a0terminated']);
  });
});
