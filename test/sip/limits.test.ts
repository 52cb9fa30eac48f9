import { defaultLimits, parse, type ParseLimits } from '@nksip-ts/sip';
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

  it('D26 a start line that never ends is refused without a way back', () => {
    expect(refusalOf(parse(Buffer.from(`PUBLISH sip:${'a'.repeat(60_000)}`)))).to.equal('414 Request-URI Too Long (no way back)');
    expect(refusalOf(parse(Buffer.from('x'.repeat(60_000))))).to.match(/^400 .*no way back/);
  });
});
