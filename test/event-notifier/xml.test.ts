import { expect } from 'chai';
import fc from 'fast-check';
import { readXml } from '../../packages/event-notifier/src/xml/read.ts';
import { union } from '../../packages/event-notifier/src/xml/write.ts';

function read(text: string | Uint8Array): ReturnType<typeof readXml> {
  return readXml(Buffer.from(text));
}

function rootOf(text: string) {
  const xml = read(text);
  if (typeof xml === 'string') throw new Error(xml);
  return xml.root;
}

describe('XML that is published', () => {
  it('is refused with a document type declaration, before any entity of it is used', () => {
    const bomb = `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>`;
    expect(read(bomb)).to.equal('it has a document type declaration (DTD)');
    expect(read('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>')).to.equal('it has a document type declaration (DTD)');
  });

  it('is refused unless it is well-formed, in UTF-8 and not too deep', () => {
    for (const text of ['', ' ', '<a>', '<a></b>', '<a/><b/>', 'text', '<a b="1" b="2"/>', '<p:a/>', '<a>&nothing;</a>', '<a>\0</a>']) expect(read(text), text).to.be.a('string');
    expect(read(Uint8Array.of(0x3c, 0x61, 0x3e, 0xe9))).to.equal('it is not UTF-8');
    expect(read('<?xml version="1.0" encoding="ISO-8859-1"?><a/>')).to.equal('its XML declaration names another encoding than UTF-8');
    expect(read('<a>'.repeat(40) + '</a>'.repeat(40))).to.equal('its elements are nested more than 32 deep');
  });

  it('XML 1.0 2.8 is read by the rules of 1.0 whatever 1.x it names: what only 1.1 has would be malformed in a document composed of it', () => {
    expect(read('<?xml version="1.1"?><a b="c"/>')).to.be.an('object');
    for (const text of ['<a>&#1;</a>', '<a\u0085b="c"/>', '<a xmlns:p="q"><b xmlns:p=""/></a>']) expect(read(`<?xml version="1.1"?>${text}`), text).to.be.a('string');
  });

  it('ten thousand open elements cost no more than the bound on depth', () => {
    expect(read('<a>'.repeat(10_000))).to.equal('its elements are nested more than 32 deep');
  });

  it('says where each element is in the source, behind any text and line ends', () => {
    const text = '\uFEFF<?xml version="1.0"?>\r\n<a xmlns="u" xmlns:p="q">\r\n é😀 <p:b x=">" id=\'1\'/> <c>t&amp;<![CDATA[<]]></c>\r\n</a>'.slice(1);
    const { children, declares } = rootOf(text);
    expect(children.map(({ start, end }) => text.slice(start, end))).to.deep.equal([`<p:b x=">" id='1'/>`, '<c>t&amp;<![CDATA[<]]></c>']);
    expect(children.map(({ namespace, name, text: inside }) => [namespace, name, inside])).to.deep.equal([['q', 'b', ''], ['u', 'c', 't&<']]);
    expect([...declares]).to.deep.equal([['', 'u'], ['p', 'q']]);
  });

  it('whatever the bytes are, it is read or refused with a sentence', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), fc.constantFrom('', '<a>', '<a b="'), (bytes, before) => {
      const xml = readXml(Buffer.concat([Buffer.from(before), bytes]));
      expect(typeof xml === 'string' ? xml : xml.root.name).to.match(/\S/);
    }));
  });
});

describe('children of several documents below one root', () => {
  it('keep their namespaces where two documents mean different things by one prefix', () => {
    const first = read('<r xmlns="u" xmlns:p="one"><p:x/></r>');
    const second = read('<q:r xmlns:q="u" xmlns:p="two"><p:x a="b"/><q:y/></q:r>');
    if (typeof first === 'string' || typeof second === 'string') throw new Error('it cannot be read');
    const moved = [first, second].flatMap((from) => from.root.children.map((element) => ({ from, element })));
    const root = rootOf(Buffer.from(union('r', 'u', { e: '<"&\n' }, moved)).toString());
    expect(root.children.map(({ namespace, name }) => [namespace, name])).to.deep.equal([['one', 'x'], ['two', 'x'], ['u', 'y']]);
    expect(root.attributes.get('e')).to.equal('<"&\n');
  });

  it('get another id at its place, not within the value of another attribute', () => {
    const from = read(`<r xmlns="u"><x a=' id="9"' id = '1' b="id='2'"/></r>`);
    if (typeof from === 'string') throw new Error(from);
    const root = rootOf(Buffer.from(union('r', 'u', {}, from.root.children.map((element) => ({ from, element, id: 'new' })))).toString());
    expect(Object.fromEntries(root.children[0]!.attributes)).to.deep.equal({ a: ' id="9"', id: 'new', b: "id='2'" });
  });
});
