import { expect } from 'chai';
import { dialogPackage } from '../../packages/event-notifier/src/package/dialog.ts';
import { presencePackage } from '../../packages/event-notifier/src/package/presence.ts';
import { readXml } from '../../packages/event-notifier/src/xml/read.ts';
import { alice, dialog, dialogInfo, pidf, published, tuple } from './documents.ts';

describe('a document out of several', () => {
  const presence = presencePackage('union');
  const dialogs = dialogPackage('off');
  const union = (bodies: readonly string[]): string => Buffer.from(presence.compose({ aor: alice, publications: bodies.map((body) => published(body, 'application/pidf+xml')) }, 'application/pidf+xml').data).toString();
  const idsIn = (text: string): readonly (string | undefined)[] => {
    const xml = readXml(Buffer.from(text));
    return typeof xml === 'string' ? [] : xml.root.children.map(({ attributes }) => attributes.get('id'));
  };

  it('C27 RFC 3863 4.1.2 has each id once, and takes as many steps as there are tuples, of one id or not', () => {
    const began = process.cpuUsage().user;
    const ids = idsIn(union(Array.from({ length: 8 }, () => pidf('<tuple id="t"/>'.repeat(1000)))));
    expect((process.cpuUsage().user - began) / 1000).to.be.below(1500);
    expect(new Set(ids).size).to.equal(8000);
  });

  it('RFC 4235 4.1.1 has each id once where one publication has it for several dialogs', () => {
    const info = dialogInfo(['early', 'confirmed', 'trying'].map((state) => dialog('d', state).replace('call-d', `call-${state}`)).join(''));
    const { data } = dialogs.compose({ aor: alice, publications: [published(info, 'application/dialog-info+xml'), published(info, 'application/dialog-info+xml')] }, 'application/dialog-info+xml');
    const ids = idsIn(Buffer.from(data).toString());
    expect(ids).to.have.length(6);
    expect(new Set(ids).size).to.equal(6);
  });

  it('RFC 4235 4.1 has a version and says that it is the full state, where the publication said neither', () => {
    const published = { data: Buffer.from('<d:dialog-info xmlns:d="urn:ietf:params:xml:ns:dialog-info" entity="sip:a"/>'), content_type: 'application/dialog-info+xml' };
    const { data } = dialogs.finish!(published, { version: 3, type: published.content_type, accept: [] });
    expect(Buffer.from(data).toString()).to.equal('<d:dialog-info state="full" version="3" xmlns:d="urn:ietf:params:xml:ns:dialog-info" entity="sip:a"/>');
  });

  it('is no larger than twice what it is made of, and a few KB, however many prefixes two publications have for different namespaces', () => {
    const prefixed = (uri: string): string => `<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a" ${Array.from({ length: 300 }, (_, n) => `xmlns:p${n}="${uri}"`).join(' ')}>${tuple('t', 'open')}${'<p1:a/>'.repeat(1000)}</presence>`;
    const bodies = [prefixed('urn:a'), prefixed('urn:b'), prefixed('urn:c')];
    const text = union(bodies);
    expect(text.length).to.be.below(2 * bodies.join('').length + 3 * 4096);
    expect(idsIn(text).filter((id) => id !== undefined)).to.have.length(3);
  });
});
