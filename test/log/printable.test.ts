import { expect } from 'chai';
import fc from 'fast-check';
import { cut, printable, printableJson, printableLines } from '../../packages/core/src/log/printable.ts';
import { hidden, hostile } from '../wire/hostile-text.ts';

describe('what may be printed, whoever wrote it', () => {
  it('has each control character as an escape: C0, DEL, C1, line separators, bidi', () => {
    expect(printable('a\x00\x1b[31m\x7f\x9b\u061c\u200e\u2028\u202e\u2069b')).to.equal(String.raw`a\x00\x1b[31m\x7f\x9b\u061c\u200e\u2028\u202e\u2069b`);
    expect(printable('\t\r\n')).to.equal(String.raw`\t\r\n`);
  });

  it('leaves everything else: letters of any language, a backslash, what is printable already', () => {
    for (const text of ['', 'plain', 'grüße, 你好, שלום, 👩‍👩‍👧', String.raw`a\x1b`]) {
      expect(printable(text)).to.equal(text);
      expect(printableLines(text)).to.equal(text);
      expect(printableJson(text)).to.equal(text);
    }
  });

  it('indents the lines behind the first', () => {
    expect(printableLines('a\nb\n\n    c\r\n')).to.equal('a\n    b\n\n    c\\r\n');
  });

  it('is never anything else, and stays as it is when it is made printable again', () => {
    fc.assert(fc.property(hostile, (text) => {
      expect(printable(text)).not.to.match(hidden);
      expect(printable(printable(text))).to.equal(printable(text));
      expect(printableLines(text).split('\n').slice(1).every((line) => line === '' || line.startsWith(' '))).to.equal(true);
      expect(printableLines(text).replaceAll('\n', '')).not.to.match(hidden);
      expect(printableLines(printableLines(text))).to.equal(printableLines(text));
    }));
  });

  it('is the same value to whoever reads the JSON', () => {
    fc.assert(fc.property(hostile, (text) => {
      const line = printableJson(JSON.stringify({ [text]: text }));
      expect(line).not.to.match(hidden);
      expect(JSON.parse(line)).to.deep.equal({ [text]: text });
    }));
  });

  it('is cut where it is too long, once', () => {
    expect(cut('x'.repeat(100), 100)).to.have.length(100);
    const short = cut('x'.repeat(1_000), 100);
    expect(short).to.equal(`${'x'.repeat(60)}... (940 characters more)`);
    expect(cut(short, 100)).to.equal(short);
  });
});
