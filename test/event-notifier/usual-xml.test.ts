import { expect } from 'chai';
import fc from 'fast-check';
import { readRoot, readXml } from '../../packages/event-notifier/src/xml/read.ts';
import { usualRoot } from '../../packages/event-notifier/src/xml/usual.ts';
import { dialog, dialogInfo, pidf, tuple } from './documents.ts';

const PIDF = 'urn:ietf:params:xml:ns:pidf';

describe('the quick look at XML', () => {
  for (const [what, text] of [
    ['a presence document', pidf(tuple('a', 'open'))], ['dialogs', dialogInfo(dialog('1', 'early') + dialog('2', 'confirmed'))],
    ['prefixes, declared where they are used', `<p:presence xmlns:p="${PIDF}" entity='x'><p:tuple id="1"><q:a xmlns:q="u" q:b="1"/></p:tuple></p:presence>\n`],
    ['text beyond ASCII and xml:lang', `<presence xmlns="${PIDF}"><note xml:lang="de">Grüße</note></presence>`],
  ] as const) {
    it(`is enough for ${what}`, () => {
      const root = usualRoot(Buffer.from(text));
      expect(root).to.deep.equal(pickRoot(text));
    });
  }

  for (const [what, text] of [
    ['references', '<a>&amp;</a>'], ['comments', '<a><!-- --></a>'], ['CDATA', '<a><![CDATA[x]]></a>'], ['a DTD', '<!DOCTYPE a><a/>'], ['a second root', '<a/><b/>'], ['text behind the root', '<a/>x'],
    ['what is not closed', '<a><b></a>'], ['what is not opened', '</a>'], ['nothing', ''], ['a prefix that is not declared', '<p:a/>'], ['a prefix out of its scope', '<a><b xmlns:p="u"/><p:c/></a>'],
    ['an attribute twice', '<a b="1" b="2"/>'], ['a declaration undone', '<a xmlns:p=""/>'], ['reserved prefixes', '<a xmlns:xml="u"/>'], ['end tags with attributes', '<a></a b="1">'], ['control characters', '<a>\u0001</a>'],
    ['a no-break space between attributes', '<a\u00a0b="1"/>'], ['a character that XML has not', '<a>\uFFFE</a>'], ['attributes without a space between them', '<a b="1"c="2"/>'],
    ['an end of CDATA in text', '<a>]]></a>'], ['another encoding', '<?xml version="1.0" encoding="latin1"?><a/>'], ['a namespace between white space', '<a xmlns=" u"/>'], ['a namespace with white space of Unicode', '<a xmlns="u\u2028"/>'], ['a declaration with two kinds of quotes', '<?xml version="1.0\'?><a/>'], ['a line end in a namespace', '<a xmlns="u\n"/>'], ['depth', '<a>'.repeat(40) + '</a>'.repeat(40)],
  ] as const) {
    it(`leaves ${what} to the parser`, () => { expect(usualRoot(Buffer.from(text))).to.equal(undefined); });
  }

  it('never takes what the parser refuses, nor sees another root', () => {
    const pieces = ['<a>', '</a>', '<a/>', '<p:a>', '</p:a>', '<b xmlns:p="u">', '</b>', '<p:c q="1" q="2"/>', '<p:c p:q="1"/>', `<presence xmlns="${PIDF}">`, '</presence>', '<presence xmlns:xml="x">', ' ', 'text', '&lt;', ']]>', '<!-- -->', '<?xml version="1.0"?>', '<', '>', '"', "'", '=', '/', ':', 'x="1"', '\u0000', 'ü', '\uFFFF', '\u00a0', '\uFEFF', '\t', '<d xmlns:p="v" p:x="1" xmlns=\'w\'>', '</d>'];
    fc.assert(fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      const usual = usualRoot(Buffer.from(text));
      if (usual !== undefined) expect(usual).to.deep.equal(pickRoot(text));
    }), { numRuns: 20_000 });
  });

  it('and what it leaves are one: a body is refused for the same reasons', () => {
    for (const text of ['<a><b></a>', '<!DOCTYPE a><a/>', '<p:a/>', '', '<a>'.repeat(40)]) expect(readRoot(Buffer.from(text))).to.equal(readXml(Buffer.from(text)));
    expect(readRoot(Buffer.from([0x3c, 0xff]))).to.equal('it is not UTF-8');
    expect(readRoot(Buffer.from('<a><!-- --></a>'))).to.include({ name: 'a', namespace: '' });
  });

  it('takes a time in proportion to the size', function () {
    this.timeout(5000);
    for (const text of [`<a ${' '.repeat(60_000)}`, `<a ${'b '.repeat(30_000)}>`, '<a>'.repeat(20_000), `<a ${'b="c" '.repeat(10_000)}/>`, `<${'a'.repeat(60_000)}`]) {
      const began = process.cpuUsage().user;
      readRoot(Buffer.from(text));
      expect((process.cpuUsage().user - began) / 1000, text.slice(0, 8)).to.be.below(1000);
    }
  });
});

function pickRoot(text: string): unknown {
  const xml = readXml(Buffer.from(text));
  return typeof xml === 'string' ? xml : { name: xml.root.name, namespace: xml.root.namespace };
}
