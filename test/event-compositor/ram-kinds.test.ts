import { expect } from 'chai';
import { Kinds } from '../../packages/event-compositor/src/ram/kinds.ts';

describe('kinds of publications in RAM', () => {
  it('D26 keep for good what many have in common, and no long texts of strangers', () => {
    const kinds = new Kinds();
    const pidf = { event: 'presence', content_type: 'application/pidf+xml' };
    const long = { event: 'presence', content_type: `text/plain;a="${'x'.repeat(8000)}"` };
    expect([kinds.numberOf(pidf), kinds.numberOf(long), kinds.numberOf({ ...pidf })]).to.deep.equal([1, 0, 1]);
    expect(kinds.at(1)).to.deep.equal(pidf);
    for (let i = 0; i < 2000; i++) kinds.numberOf({ event: 'presence', content_type: `text/a${i}` });
    expect(kinds.numberOf({ event: 'presence', content_type: 'text/one-too-many' })).to.equal(0);
  });
});
