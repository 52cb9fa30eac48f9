import { BareResponse, defaultLimits, Header, parse } from '@nksip-ts/sip';
import { expect } from 'chai';
import fc from 'fast-check';

const lines = [
  'SIP/2.0 200 OK', 'Via: SIP/2.0/UDP 192.0.2.1:5060;rport=5060;branch=z9hG4bKc094d6de;received=192.0.2.1', 'From: <sip:alice@example.com>;tag=1',
  'To: <sip:bob@example.com>;tag=2', 'Call-ID: a84b4c76e66710', 'CSeq: 17 NOTIFY', 'Contact: <sip:bob@192.0.2.2>', 'Content-Length: 0', '', '',
];

function textOf(change: Readonly<Record<number, string>> = {}): Buffer {
  return Buffer.from(lines.map((line, i) => change[i] ?? line).join('\r\n'), 'latin1');
}

const bare = new BareResponse();
const reads = (bytes: Uint8Array): boolean => bare.read(bytes, defaultLimits);

/** What `parse` says of the same. */
function whole(bytes: Uint8Array): { readonly status: number; readonly branch: string | undefined; readonly isAlone: boolean; readonly belongs: boolean } {
  const parsed = parse(bytes);
  if (!parsed.ok) throw new Error(`${parsed.code} ${parsed.reason}`);
  const { status, topVia, cseq, viaRest } = parsed.message;
  return {
    status, branch: topVia?.branch, isAlone: !parsed.message.isRepeated(Header.Via) && viaRest === '' && parsed.message.bodyLength === 0,
    belongs: topVia?.host === '192.0.2.1' && topVia.port === 5060 && cseq?.method === 'NOTIFY',
  };
}

describe('a response of which nothing is asked', () => {
  it('RFC 3261 17.1.3 has its status, its branch, sent-by and method', () => {
    expect(reads(Uint8Array.from(textOf()))).to.equal(true);
    expect([bare.status, bare.branch]).to.deep.equal([200, 'z9hG4bKc094d6de']);
    expect(bare.belongsTo('192.0.2.1', 5060, 'NOTIFY')).to.equal(true);
    expect(bare.belongsTo('192.0.2.1', undefined, 'NOTIFY')).to.equal(false);
    expect(bare.belongsTo('192.0.2.3', 5060, 'NOTIFY')).to.equal(false);
    expect(bare.belongsTo('192.0.2.1', 5060, 'PUBLISH')).to.equal(false);
    expect(reads(textOf({ 0: 'SIP/2.0 481 Gone', 1: 'v:SIP/2.0/TCP example.com;branch=z9hG4bK1' }))).to.equal(true);
    expect([bare.status, bare.branch, bare.belongsTo('example.com', undefined, 'NOTIFY')]).to.deep.equal([481, 'z9hG4bK1', true]);
  });

  const others: Readonly<Record<string, Readonly<Record<number, string>>>> = {
    'a body': { 7: 'Content-Length: 1' },
    'two Vias in two lines': { 2: 'Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2' },
    'two Vias in one line': { 1: `${lines[1] ?? ''}, SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK2` },
    'no Via': { 1: 'X: y' },
    'no branch': { 1: 'Via: SIP/2.0/UDP 192.0.2.1:5060' },
    'two branches': { 1: 'Via: SIP/2.0/UDP 192.0.2.1:5060;branch=a;branch=b' },
    'another parameter': { 1: `${lines[1] ?? ''};ttl=3` },
    'a sent-by in brackets': { 1: 'Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK2' },
    'a port above 65535': { 1: 'Via: SIP/2.0/UDP 192.0.2.1:65536;branch=z9hG4bK2' },
    'two CSeqs': { 2: 'CSeq: 17 NOTIFY' },
    'no CSeq': { 5: 'X: y' },
    'a folded line': { 2: 'From: <sip:alice@example.com>\r\n ;tag=1' },
    'a line that is no field': { 2: 'From' },
    'a request': { 0: 'NOTIFY sip:a@b SIP/2.0' },
    'a status that is none': { 0: 'SIP/2.0 099 No' },
    'a NUL': { 2: 'From: \0' },
    'a tab': { 2: 'From:\t<sip:alice@example.com>;tag=1' },
  };
  for (const [what, change] of Object.entries(others)) {
    it(`is none with ${what}: parse decides`, () => { expect(reads(textOf(change))).to.equal(false); });
  }

  it('is none that is cut off, and none above the limits', () => {
    const text = textOf();
    for (let end = 0; end < text.length; end++) expect(reads(text.subarray(0, end)), String(end)).to.equal(false);
    const limits = { ...defaultLimits, maxHeadBytes: text.length - 1 };
    expect(bare.read(text, limits)).to.equal(false);
    expect(bare.read(text, { ...defaultLimits, maxHeaders: 6 })).to.equal(false);
    expect(bare.read(text, { ...defaultLimits, maxHeaderLine: 40 })).to.equal(false);
  });

  it('is read as parse reads it, whatever was changed in it', () => {
    const piece = fc.oneof(fc.uint8Array({ maxLength: 4 }), fc.constantFrom('\r\n', '\r', ':', ',', ';', ' ', '\t', '=', '0', 'Via: ', ';branch=', 'v').map((text) => Buffer.from(text)));
    const edits = fc.array(fc.record({ at: fc.nat(340), remove: fc.nat(5), insert: piece }), { minLength: 1, maxLength: 3 });
    let taken = 0;
    fc.assert(fc.property(edits, (list) => {
      const bytes = list.reduce<Buffer>((text, { at, remove, insert }) => Buffer.concat([text.subarray(0, at), insert, text.subarray(at + remove)]), textOf());
      if (!reads(bytes)) return;
      taken++;
      const { status, branch } = bare;
      const belongs = bare.belongsTo('192.0.2.1', 5060, 'NOTIFY');
      expect({ status, branch, isAlone: true, belongs }, bytes.toString('latin1')).to.deep.equal(whole(bytes));
    }), { seed: 6665, numRuns: 5000 });
    expect(taken).to.be.above(500);
  });
});
