import { TextBytes, textOfBytes } from '@nksip-ts/core';
import { expect } from 'chai';
import fc from 'fast-check';

describe('TextBytes', () => {
  const text = fc.oneof(
    fc.constantFrom('', '\0', '\0a', '\u0001', 'Ā', '\0\0Ā', 'ÿ', '\ud800', '😀', 'x'.repeat(300), 'Ω'.repeat(300)),
    fc.string({ maxLength: 5, unit: 'binary' }), fc.string({ maxLength: 600 }),
  );

  it('has bytes that tell one text from any other, and the text from its bytes', () => {
    const [one, other] = [new TextBytes(7), new TextBytes(7)];
    fc.assert(fc.property(text, text, (a, b) => {
      one.take(a);
      other.take(b);
      const memory = Buffer.alloc(one.length + 3, 'x');
      one.writeTo(memory, 2);
      expect(textOfBytes(memory, 2, 2 + one.length)).to.equal(a);
      expect(memory.toString('latin1', 0, 2) + memory.toString('latin1', 2 + one.length)).to.equal('xxx');
      expect(other.length === one.length && other.areAt(memory, 2)).to.equal(a === b);
      if (a === b) expect(other.hash).to.equal(one.hash);
    }), { numRuns: 500 });
  });

  it('hashes with its seed, to 30 bits', () => {
    const hashes = [1, 2, 3, undefined, undefined].map((seed) => {
      const bytes = new TextBytes(seed);
      bytes.take('sip:alice@example.com');
      return bytes.hash;
    });
    expect(new Set(hashes)).to.have.length(5);
    for (const hash of hashes) expect(hash).to.be.at.least(0).and.below(2 ** 30);
  });
});
