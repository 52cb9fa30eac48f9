import { TextBytes, textOfBytes } from '@nksip-ts/memory';
import { expect } from 'chai';
import fc from 'fast-check';

describe('TextBytes', () => {
  const text = fc.oneof(
    fc.constantFrom('', '\0', '\0a', '\u0001', 'Ā', '\0\0Ā', 'ÿ', '\ud800', '😀', 'x'.repeat(300), 'Ω'.repeat(300),
      // of 252 characters, which its memory has room for, those whose UTF-8 ends just before or behind the 256th byte
      'é'.repeat(126), 'é'.repeat(127), 'é'.repeat(128), 'x'.repeat(252), `${'x'.repeat(251)}é`, `${'é'.repeat(126)}${'x'.repeat(126)}`, `x${'😀'.repeat(63)}`),
    fc.string({ maxLength: 5, unit: 'binary' }), fc.string({ maxLength: 600 }),
  );

  it('has bytes that tell one text from any other, and the text from its bytes', () => {
    const [one, other] = [new TextBytes(), new TextBytes()];
    fc.assert(fc.property(text, text, (a, b) => {
      one.take(a);
      other.take(b);
      const memory = Buffer.alloc(one.length + 3, 'x');
      one.writeTo(memory, 2);
      expect(textOfBytes(memory, 2, 2 + one.length)).to.equal(a);
      expect(memory.toString('latin1', 0, 2) + memory.toString('latin1', 2 + one.length)).to.equal('xxx');
      expect(other.length === one.length && other.areAt(memory, 2)).to.equal(a === b);
    }), { numRuns: 500 });
  });

  it('has the same bytes of a text in pieces, or says that it must be taken as a whole', () => {
    const [whole, pieces] = [new TextBytes(), new TextBytes()];
    fc.assert(fc.property(fc.array(text, { maxLength: 4 }), (texts) => {
      whole.take(texts.join(''));
      pieces.begin();
      const isTaken = texts.every((piece) => pieces.add(piece));
      expect(isTaken || texts.join('').length > 200 || /^\0|[^\0-\xff]/.test(texts.join(''))).to.equal(true);
      if (!isTaken) return;
      const memory = Buffer.alloc(whole.length);
      whole.writeTo(memory, 0);
      expect([pieces.length, pieces.areAt(memory, 0)]).to.deep.equal([whole.length, true]);
    }), { numRuns: 500 });
  });
});
