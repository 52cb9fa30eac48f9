import { expect } from 'chai';
import { presencePackage, type PresenceCompose } from '@nksip-ts/event-notifier';
import type { Publication } from '@nksip-ts/event-compositor';
import { readXml, type XmlElement } from '../../packages/event-notifier/src/xml/read.ts';
import { alice, pidf, published, tuple } from './documents.ts';

const type = 'application/pidf+xml';
const pub = (content: string, tag?: string): Publication => published(pidf(content), type, undefined, tag);

function textOf(publications: readonly Publication[], how: PresenceCompose = 'union'): string {
  return Buffer.from(presencePackage(how).compose({ aor: alice, publications }, type).data).toString();
}

function childrenOf(text: string): readonly XmlElement[] {
  const xml = readXml(Buffer.from(text));
  if (typeof xml === 'string') throw new Error(xml);
  return xml.root.children;
}

const names = (text: string) => childrenOf(text).map(({ name, attributes }) => attributes.has('id') ? `${name} ${attributes.get('id')}` : name);

describe('The package presence', () => {
  it('C38 one publication goes through byte for byte, whatever is in it', () => {
    const body = pidf(`\r\n <x:y xmlns:x="z"/>${tuple('a', 'open')}`);
    expect(textOf([published(body, 'application/pidf+xml;charset=UTF-8')])).to.equal(body);
    expect(presencePackage('union').compose({ aor: alice, publications: [published(body, `${type};charset=UTF-8`)] }, type).content_type).to.equal(type);
  });

  it('nothing that can be read is one closed tuple, with a basic status (pjsip 1367)', () => {
    const neutral = presencePackage('union').neutral(alice, type);
    expect(names(Buffer.from(neutral.data).toString())).to.deep.equal(['tuple offline']);
    expect(textOf([published('<presence', type), published('{}', 'application/json')])).to.equal(Buffer.from(neutral.data).toString());
  });

  it('C31 C35 several become tuples, then notes, then one person, then the rest; an open tuple comes first', () => {
    const older = pub(`${tuple('phone', 'open')}<note>old</note><dm:person id="p1"><rpid:activities><rpid:busy/></rpid:activities></dm:person><dm:device id="d1"/>`);
    const newer = pub(`<dm:person id="p2"/>${tuple('desk', 'closed')}<note>new</note>`);
    const text = textOf([older, newer]);
    expect(names(text)).to.deep.equal(['tuple phone', 'tuple desk', 'note', 'note', 'person p2', 'device d1']);
    expect(text).to.include('entity="sip:alice@example.com"');
  });

  it('XML 1.0 2.3 a basic status may have white space around it, but nothing else that JavaScript takes for that', () => {
    expect(names(textOf([pub(tuple('a', 'open').replace('open', '\t\r\n open ')), pub(tuple('b', 'open').replace('open', '\u00a0open'))]))).to.deep.equal(['tuple a', 'tuple b']);
  });

  it('C32 ids that collide are renamed, each time to the same one', () => {
    const publications = [pub(tuple('a', 'open'), 'first'), pub(tuple('a', 'open'), 'second'), pub(tuple('a', 'closed'), 'third')];
    const once = names(textOf(publications));
    expect(new Set(once)).to.have.lengthOf(3);
    expect(once[0]).to.equal('tuple a');
    expect(names(textOf(publications))).to.deep.equal(once);
  });

  it('C33 C36 C37 unknown elements of any namespace keep what they mean', () => {
    const one = published(pidf(`${tuple('a', 'open')}<x:mood how="1"><x:calm/></x:mood>`, 'xmlns:x="urn:one" '), type);
    const other = published(pidf(`${tuple('b', 'open')}<x:mood/>`, 'xmlns:x="urn:other" '), type);
    expect(childrenOf(textOf([one, other])).slice(2).map(({ namespace, children }) => [namespace, children.length])).to.deep.equal([['urn:other', 0], ['urn:one', 1]]);
  });

  it('what was stored malformed is left out, and is nobody else\'s loss', () => {
    const good = pub(tuple('a', 'open'));
    expect(textOf([good, published('<presence xmlns="urn:ietf:params:xml:ns:pidf">', type)])).to.equal(Buffer.from(good.record.data).toString());
  });

  it('C38 latest takes the newest; priority takes busy before available before away before offline', () => {
    const offline = pub(tuple('a', 'closed'));
    const person = (what: string) => `<dm:person id="p"><rpid:activities><rpid:${what}/></rpid:activities></dm:person>`;
    const away = pub(tuple('b', 'open') + person('away'));
    const available = pub(tuple('c', 'open'));
    const busy = pub(person('on-the-phone') + tuple('d', 'open'));
    const body = ({ record }: Publication) => Buffer.from(record.data).toString();
    expect(textOf([busy, offline], 'latest')).to.equal(body(offline));
    expect(textOf([busy, available, away, offline], 'priority')).to.equal(body(busy));
    expect(textOf([available, away, offline], 'priority')).to.equal(body(available));
    expect(textOf([away, offline], 'priority')).to.equal(body(away));
  });

  it('hard state stands below what is published, and alone where nothing is', () => {
    const hard = { data: Buffer.from(pidf(tuple('calendar', 'closed'))), content_type: type };
    const compose = (publications: readonly Publication[]) => Buffer.from(presencePackage('union').compose({ aor: alice, publications, hard }, type).data).toString();
    expect(compose([])).to.equal(hard.data.toString());
    expect(names(compose([pub(tuple('phone', 'closed'))]))).to.deep.equal(['tuple phone', 'tuple calendar']);
  });

  it('validates what is published as PIDF, and nothing else', () => {
    const { validate } = presencePackage('union');
    const faultOf = (body: string, content_type = type) => validate?.({ aor: alice, data: Buffer.from(body), content_type });
    expect(faultOf(pidf(''))).to.equal(undefined);
    expect(faultOf('<presence/>')).to.match(/root element/);
    expect(faultOf('<presence')).to.match(/^it is not well-formed XML: /);
    expect(faultOf('{', 'application/json')).to.equal(undefined);
  });
});
