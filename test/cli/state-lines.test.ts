import { expect } from 'chai';
import { SeenKeys } from '../../packages/cli/src/store/seen-keys.ts';
import { publicationLine, readLine } from '../../packages/cli/src/store/state-lines.ts';

const good = {
  aor: { scheme: 'sip', user: 'alice', domain: 'example.com' }, tag: 't1', event: 'presence', content_type: 'text/plain', publisher: 'alice@realm', since: 1_700_000_000.5, expires: 1_900_000_000.25, data: 'eA==',
};
const read = (more: object): unknown => readLine([7, JSON.stringify({ ...good, ...more })]);

describe('a line of exported event state', () => {
  for (const [what, more] of [
    ['all fields', {}], ['the needed fields alone', { content_type: undefined, publisher: undefined, since: undefined }],
    ['a user with all that a URI escapes', { aor: { ...good.aor, user: 'b\u00f6b "\u0000\r\n\u202e%\\' } }], ['a user whose octets are no letters', { aor: { ...good.aor, user: '%E9 50% %25E9' } }], ['no user', { aor: { ...good.aor, user: '' } }],
    ['an address in brackets', { aor: { ...good.aor, domain: '[2001:db8::1]' } }],
    ['a type with parameters, a tab and a control character in quotes', { content_type: 'Text/Plain ;\tx="a\\\u0001"; charset=utf-8' }],
    ['a package with a template', { event: 'presence.winfo' }], ['codings', { content_encoding: 'gzip, deflate' }], ['the longest time to live', { expires: Math.floor(Date.now() / 1000) + 4_294_967_295, since: 0 }], ['the last second', { since: 253_402_300_799 }],
  ] as const) {
    it(`is read with ${what}, and written as it was`, () => {
      const publication = read(more) as Parameters<typeof publicationLine>[0];
      expect(JSON.parse(publicationLine(publication))).to.deep.equal(JSON.parse(JSON.stringify({ ...good, ...more })));
    });
  }

  for (const [what, more, sentence] of [
    ['a tag that is no token', { tag: 'a b' }, 'its tag is no token'], ['a tag of nothing', { tag: '' }, 'its tag is no token'], ['a tag with a line end', { tag: 't1\r\n' }, 'its tag is no token'],
    ['a tag that is no text', { tag: 1 }, 'its tag and its event must be texts'],
    ['an event that is no token', { event: 'pre sence' }, 'its event is no token'], ['an event with parameters', { event: 'presence;id=1' }, 'its event is no token'], ['an event of nothing', { event: '' }, 'its event is no token'],
    ['a type that is none', { content_type: 'text' }, 'its content_type is no media type'], ['a type with a line end', { content_type: 'text/plain;x="\r\nVia: x"' }, 'its content_type is no media type'],
    ['a type with a NUL', { content_type: 'text/plain;x="\u0000"' }, 'its content_type is no media type'], ['a type that is no text', { content_type: 5 }, 'its content_type must be a text'],
    ['a coding that is none', { content_encoding: 'g zip' }, 'its content_encoding is no token'], ['a coding that is no text', { content_encoding: null }, 'its content_encoding must be a text'],
    ['a publisher of two lines', { publisher: 'a\nb' }, 'its publisher has a line end'], ['a publisher that is no text', { publisher: {} }, 'its publisher must be a text'],
    ['a time before 1970', { expires: -1 }, 'its expires is no number of seconds from 1970 to 9999'], ['more than the longest time to live', { expires: Math.floor(Date.now() / 1000) + 4_294_967_295 + 86_400 }, 'its expires is more than 4294967295 seconds ahead, the longest that a publication may live'],
    ['a time in milliseconds', { expires: 1_900_000_000_000 }, 'its expires is no number'],
    ['a time without end', { expires: JSON.parse('1e999') as number }, 'its expires must be a number'], ['a time that is a text', { expires: '1900000000' }, 'its expires must be a number'],
    ['a since in milliseconds', { since: 1_900_000_000_000 }, 'its since is no number of seconds'], ['a since that is a text', { since: 'x' }, 'its since must be a number'],
    ['an empty body', { data: '' }, 'its data is empty'], ['a body that is no base64', { data: '*' }, 'its data is no base64'],
    ['a domain in upper case', { aor: { ...good.aor, domain: 'Example.COM' } }, 'its aor is not as it would be stored: {"scheme":"sip","user":"alice","domain":"example.com"}'],
    ['an octet in lower case', { aor: { ...good.aor, user: '%e9' } }, 'its aor is not as it would be stored: {"scheme":"sip","user":"%E9","domain":"example.com"}'],
    ['a scheme in upper case', { aor: { ...good.aor, scheme: 'SIP' } }, 'its aor is not as it would be stored'],
    ['an IPv6 address in another form', { aor: { ...good.aor, domain: '[2001:DB8:0::1]' } }, 'its aor is not as it would be stored'],
    ['a domain of nothing', { aor: { ...good.aor, domain: '' } }, 'its aor is no address of record'], ['a domain with a port', { aor: { ...good.aor, domain: 'example.com:5060' } }, 'its aor is no address of record'],
    ['a domain with a line end', { aor: { ...good.aor, domain: 'example.com\r\n' } }, 'its aor is no address of record'], ['half a surrogate', { aor: { ...good.aor, user: '\ud800' } }, 'its aor is no address of record'],
    ['a scheme without addresses', { aor: { ...good.aor, scheme: 'tel' } }, 'its aor is'],
  ] as const) {
    it(`is refused with ${what}, and its number is told`, () => {
      expect(() => read(more)).to.throw(`Line 7 cannot be read: ${sentence}`);
    });
  }
});

describe('the keys of an import', () => {
  it('come again with the same, or with something else, and the line before is told, among 50,000', () => {
    const seen = new SeenKeys();
    for (let i = 1; i <= 50_000; i++) expect(seen.add(`key ${i}`, `content ${i}`, i)).to.equal(undefined);
    for (let i = 1; i <= 50_000; i += 1000) {
      expect(seen.add(`key ${i}`, `content ${i}`, 60_000)).to.deep.equal({ line: i, same: true });
      expect(seen.add(`key ${i}`, 'other', 60_000)).to.deep.equal({ line: i, same: false });
    }
    expect(seen.add('key 0', 'content', 60_001)).to.equal(undefined);
  });
});
