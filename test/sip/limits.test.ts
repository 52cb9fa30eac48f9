import { defaultLimits, parse, parseCredentials, parseEvent, parseMediaType, parseNameAddr, parseUri, type ParseLimits } from '@nksip-ts/sip';
import { expect } from 'chai';
import { bytesOf, publishLines, refusalOf, replaced } from './message-text.ts';

const within = (changed: Partial<ParseLimits>): ParseLimits => ({ ...defaultLimits, ...changed });
const refusal = (lines: readonly string[], changed: Partial<ParseLimits> = {}, body?: string): string => refusalOf(parse(bytesOf(lines, body), within(changed)));

describe('D26 limits', () => {
  it('D26 a request-URI beyond maxUri is 414', () => {
    const lines = replaced(publishLines, 'PUBLISH', `PUBLISH sip:${'a'.repeat(3000)}@example.com SIP/2.0`);
    expect(refusal(lines)).to.equal('414 Request-URI Too Long');
    expect(refusal(lines, { maxUri: 3016 })).to.equal('');
  });

  it('D26 a body beyond maxBody is 413', () => {
    expect(refusal(publishLines, { maxBody: 20 })).to.equal('413 Request Entity Too Large');
    expect(refusal(replaced(publishLines, 'Content-Length'), { maxBody: 20 })).to.equal('413 Request Entity Too Large');
    expect(refusal(replaced(publishLines, 'Content-Length', 'l: 20'), { maxBody: 20 })).to.equal('');
  });

  it('D26 more fields than maxHeaders are 400', () => {
    const lines = [...publishLines, ...Array.from({ length: 10_000 }, (_, i) => `X-${i}: y`)];
    expect(refusal(lines, { maxHeadBytes: 1_000_000 })).to.equal('400 Too Many Header Fields');
    expect(refusal(lines, { maxHeadBytes: 1_000_000, maxHeaders: 20_000 })).to.equal('');
    expect(refusal(publishLines, { maxHeaders: publishLines.length - 1 })).to.equal('');
    expect(refusal(publishLines, { maxHeaders: publishLines.length - 2 })).to.equal('400 Too Many Header Fields');
  });

  it('D26 a field beyond maxHeaderLine, its folds counted, is 400', () => {
    expect(refusal([...publishLines, `X: ${'y'.repeat(8200)}`])).to.equal('400 Header Field Too Long');
    expect(refusal([...publishLines, 'X: y', ...Array.from({ length: 90 }, () => ` ${'y'.repeat(100)}`)])).to.equal('400 Header Field Too Long');
    expect(refusal([...publishLines, `X: ${'y'.repeat(8000)}`])).to.equal('');
  });

  it('D26 a head beyond maxHeadBytes, such as one of 65 KB, is 513 (RFC 3261 21.5.7)', () => {
    const lines = [...publishLines, ...Array.from({ length: 65 }, (_, i) => `X-${i}: ${'y'.repeat(1000)}`)];
    expect(refusal(lines)).to.equal('513 Message Too Large');
    expect(refusal([...publishLines, `X: ${'y'.repeat(65_000)}`])).to.equal('513 Message Too Large');
  });

  it('D26 a message beyond maxBytes is 513', () => {
    expect(refusal(publishLines, { maxBytes: 300 })).to.equal('513 Message Too Large');
  });

  // A Map of V8 is slow with thousands of names like 1024 and 2048 (CVE-2026-21717): 19 ms for 1,000 of them, before anybody is asked for a password.
  it('D26 more than 64 parameters of one value cannot be read, in any header and in a URI', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, i) => String(1024 * (i + 1)));
    const params = (count: number): string => names(count).map((name) => `;${name}`).join('');
    const readers: Readonly<Record<string, (count: number) => { readonly params: ReadonlyMap<string, string> } | undefined>> = {
      'Event': (count) => parseEvent(`presence${params(count)}`),
      'Content-Type': (count) => parseMediaType(`text/plain${names(count).map((name) => `;${name}=x`).join('')}`),
      'From': (count) => parseNameAddr(`<sip:a@b>${params(count)}`),
      'a URI': (count) => parseUri(`sip:a@b${params(count)}`),
      'Authorization': (count) => parseCredentials(`Digest ${names(count).map((name) => `${name}=x`).join(', ')}`),
    };
    for (const [what, read] of Object.entries(readers)) {
      expect(read(64)?.params.size, what).to.equal(64);
      expect(read(65), what).to.equal(undefined);
    }
  });

  it('D26 a start line that never ends is refused without a way back', () => {
    expect(refusalOf(parse(Buffer.from(`PUBLISH sip:${'a'.repeat(60_000)}`)))).to.equal('414 Request-URI Too Long (no way back)');
    expect(refusalOf(parse(Buffer.from('x'.repeat(60_000))))).to.match(/^400 .*no way back/);
  });
});
