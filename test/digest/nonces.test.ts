import { expect } from 'chai';
import fc from 'fast-check';
import { Nonces } from '../../packages/core/src/digest/nonces.ts';
import type { Nonce } from '../../packages/core/src/digest/nonce.ts';

const lifetime = 30_000;

function known(nonces: Nonces, text: string, realm = 'a'): Nonce {
  const nonce = nonces.read(text, realm);
  if (nonce === undefined) throw new Error(`${text} is none of ours`);
  return nonce;
}

function take(nonces: Nonces, nonce: Nonce, count: number, now: number, forSoLong: number): boolean {
  return nonces.use(nonce, count, now, forSoLong) === undefined;
}

describe('nonces', () => {
  it('A36 are never the same, and tell when they were made', () => {
    const nonces = new Nonces('secret');
    const made = Array.from({ length: 1000 }, () => nonces.make('a', 1_700_000_000_000));
    expect(new Set(made).size).to.equal(1000);
    expect(made.map((text) => known(nonces, text).made).every((time) => time === 1_700_000_000_000)).to.equal(true);
    expect(made.every((text) => /^[0-9a-f]+$/.test(text))).to.equal(true);
  });

  it('A36 cannot be forged: any change, another realm or another secret makes it a stranger', () => {
    const nonces = new Nonces('secret');
    const text = nonces.make('a', 5);
    expect(nonces.read(text, 'b')).to.equal(undefined);
    expect(new Nonces('other').read(text, 'a')).to.equal(undefined);
    for (const wrong of ['', 'abcdef', text.toUpperCase(), `${text} `, text.slice(0, -1), `${text}0`, 'f'.repeat(10_000)]) expect(nonces.read(wrong, 'a'), wrong).to.equal(undefined);
    fc.assert(fc.property(fc.nat(text.length - 1), fc.constantFrom(...'0123456789abcdef'), (at, letter) => {
      const changed = text.slice(0, at) + letter + text.slice(at + 1);
      return changed === text || nonces.read(changed, 'a') === undefined;
    }));
  });

  it('A36 take a count that rises, gaps and all, and refuse the same one and a lower one', () => {
    const nonces = new Nonces('secret');
    const nonce = known(nonces, nonces.make('a', 0));
    const taken = [1, 1, 2, 9, 8, 2, 10, 0xffffffff, 0xffffffff].map((count) => take(nonces, nonce, count, 10, lifetime));
    expect(taken).to.deep.equal([true, false, true, true, false, false, true, true, false]);
    expect(take(nonces, known(nonces, nonces.make('a', 0)), 0, 10, lifetime)).to.equal(false);
  });

  it('A36 die with their time', () => {
    const nonces = new Nonces('secret');
    const nonce = known(nonces, nonces.make('a', 1000));
    expect(take(nonces, nonce, 1, 1000 + lifetime, lifetime)).to.equal(true);
    expect(take(nonces, nonce, 2, 1001 + lifetime, lifetime)).to.equal(false);
  });

  it('A36 forget what is over, and do not take it again though they may live longer now', () => {
    const nonces = new Nonces('secret');
    const [old, unused] = [known(nonces, nonces.make('a', 0)), known(nonces, nonces.make('a', 0))];
    expect(take(nonces, unused, 1, 0, lifetime)).to.equal(true);
    expect(take(nonces, old, 1, 0, lifetime)).to.equal(true);
    expect(take(nonces, known(nonces, nonces.make('a', 2 * lifetime)), 1, 2 * lifetime, lifetime)).to.equal(true);
    expect(nonces.size).to.equal(1);
    for (const nonce of [old, unused]) expect(take(nonces, nonce, 7, 2 * lifetime, 10 * lifetime)).to.equal(false);
  });

  it('A36 say why one is not taken: too old, counted already, or forgotten among many others', () => {
    const nonces = new Nonces('secret', 1);
    const [first, second] = [known(nonces, nonces.make('a', 0)), known(nonces, nonces.make('a', 0))];
    expect([nonces.use(first, 1, 0, lifetime), nonces.use(second, 1, 0, lifetime)]).to.deep.equal([undefined, undefined]);
    expect(nonces.use(second, 1, 0, lifetime)).to.equal('its nc was there before, or a higher one: it is a replay');
    expect(nonces.use(first, 2, 0, lifetime)).to.equal('so many other nonces were used since that it is not known any more what its nc was');
    expect(nonces.use(second, 2, 2 * lifetime, lifetime)).to.equal('its nonce is too old (sip_nonce_timeout)');
  });

  it('A36 made before a step of the wall clock are stale after it, and those that were used stay so when it steps back', () => {
    for (const step of [3_600_000, -3_600_000]) {
      const nonces = new Nonces('secret');
      const [used, unused] = [known(nonces, nonces.make('a', 5_000_000)), known(nonces, nonces.make('a', 5_000_000))];
      expect(take(nonces, used, 1, 5_000_001, lifetime)).to.equal(true);
      const now = 5_000_002 + step;
      for (const nonce of [used, unused]) expect(take(nonces, nonce, 2, now, lifetime)).to.equal(false);
      expect(take(nonces, known(nonces, nonces.make('a', now)), 1, now + 1, lifetime)).to.equal(true);
      expect(take(nonces, used, 1, 5_000_003, lifetime)).to.equal(false);
    }
  });

  it('A36 remember so many at most: the oldest goes, and is never taken again', () => {
    const nonces = new Nonces('secret', 3);
    const made = Array.from({ length: 5 }, () => known(nonces, nonces.make('a', 0)));
    for (const nonce of made) {
      expect(take(nonces, nonce, 1, 0, lifetime)).to.equal(true);
      expect(nonces.size).to.be.at.most(3);
    }
    expect(made.map((nonce) => take(nonces, nonce, 2, 0, lifetime))).to.deep.equal([false, false, true, true, true]);
  });

  it('A36 of processes that share a secret are never the same, are good in each, and are counted in each apart', () => {
    const [one, other] = [new Nonces('secret'), new Nonces('secret')];
    const texts = [one, other].flatMap((nonces) => Array.from({ length: 1000 }, () => nonces.make('a', 0)));
    expect(new Set(texts).size).to.equal(2000);
    for (const text of texts) expect(take(other, known(other, text), 1, 0, lifetime), text).to.equal(true);
    for (const text of texts) expect(take(other, known(other, text), 1, 0, lifetime), text).to.equal(false);
  });

  it('A36 of another process that are forgotten do not shut out those that this one makes', () => {
    for (const makers of [[1, 2], [2, 1]] as const) {
      const [one, other] = [new Nonces('secret', 1, makers[0]), new Nonces('secret', 1, makers[1])];
      const [first, second] = [known(one, other.make('a', 0)), known(one, other.make('a', 0))];
      expect([second, first].map((nonce) => take(one, nonce, 1, 0, lifetime))).to.deep.equal([true, true]);
      expect(take(one, known(one, one.make('a', 0)), 1, 0, lifetime)).to.equal(true);
      expect([first, second].map((nonce) => take(one, nonce, 9, 0, lifetime))).to.deep.equal([false, false]);
      expect(take(one, known(one, other.make('a', 0)), 1, 0, lifetime)).to.equal(true);
    }
  });
});
