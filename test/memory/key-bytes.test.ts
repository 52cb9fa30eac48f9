import { KeyBytes, KeyTable, type Chained } from '@nksip-ts/memory';
import { expect } from 'chai';
import { collidingTexts, fnv, formerHash } from './fnv-collisions.ts';

type Hash = (text: string) => number;

/** Items that count how often one of them is touched. */
class Counted implements Chained {
  readonly #hashes = [0];
  readonly #next = [0];
  touched = 0;

  add(hash: number): number {
    this.#next.push(0);
    return this.#hashes.push(hash) - 1;
  }

  hash(item: number): number {
    this.touched++;
    return this.#hashes[item] ?? 0;
  }

  next(item: number): number {
    this.touched++;
    return this.#next[item] ?? 0;
  }

  setNext(item: number, next: number): void {
    this.touched++;
    this.#next[item] = next;
  }
}

/** Items touched while all texts are put into a table and looked up, each that is offered as found counted as well. */
function steps(texts: readonly string[], hash: Hash): number {
  const items = new Counted();
  const table = new KeyTable(items);
  let offered = 0;
  for (const text of texts) {
    const own = hash(text);
    for (let item = table.first(own); item !== 0; item = table.next()) offered++;
    table.add(items.add(own));
  }
  return items.touched + offered;
}

function keyed(key?: Uint8Array): Hash {
  const bytes = new KeyBytes(key);
  return (text) => {
    bytes.take(text);
    return bytes.hash;
  };
}

const COUNT = 1024;
const addressesOf = (lowByte: number, count: number): string[] => collidingTexts(lowByte, count, 'sip:').map((text) => `${text}@example.com`);
/** As long, and as like each other. */
const others = (like: readonly string[]): string[] => like.map((text, i) => `sip:${String(i).padStart(text.length - 16, 'u')}@example.com`);

describe('KeyBytes', () => {
  it('have a hash of 30 bits, a second word of 32, and a key each', () => {
    const bytes = Array.from({ length: 200 }, () => new KeyBytes());
    for (const one of bytes) one.take('sip:alice@example.com');
    expect(new Set(bytes.map(({ hash }) => hash))).to.have.length(200);
    expect(new Set(bytes.map(({ second }) => second))).to.have.length(200);
    for (const { hash } of bytes) expect(hash).to.be.at.least(0).and.below(2 ** 30);
    expect(Math.min(...bytes.map(({ second }) => second))).to.be.below(0);
    expect(Math.max(...bytes.map(({ second }) => second))).to.be.above(2 ** 30);
  });

  it('spread texts that collide in FNV-1a, for every seed that it could have had', () => {
    const key = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
    const bytes = new KeyBytes(key);
    for (let lowByte = 0; lowByte < 256; lowByte += 15) {
      const seed = lowByte + 256 * 0xabcdef;
      const texts = addressesOf(lowByte, 8);
      expect(new Set(texts)).to.have.length(8);
      expect(new Set(texts.map((text) => fnv(seed, text))), 'they collide').to.have.length(1);
      const words = texts.map((text) => {
        bytes.take(text);
        return `${bytes.hash} ${bytes.second}`;
      });
      expect(new Set(words)).to.have.length(8);
    }
  });

  it('make a flood of texts that collide in FNV-1a cost as many steps as other texts', () => {
    const seed = 0xc0ffee17;
    const colliding = addressesOf(seed & 0xff, COUNT);
    const random = others(colliding);
    const former: Hash = (text) => formerHash(seed, text);
    expect(steps(colliding, former), 'the attack').to.be.above(100 * steps(random, former));
    const [flood, usual] = [steps(colliding, keyed()), steps(random, keyed())];
    expect(flood / usual).to.be.within(0.8, 1.25);
    expect(usual / COUNT).to.be.below(4);
  });

  it('spread texts that differ little, whatever the key', () => {
    for (const key of [new Uint8Array(8), new Uint8Array(8).fill(255), undefined]) {
      const hash = keyed(key);
      const buckets = new Array<number>(64).fill(0);
      for (let i = 0; i < 6400; i++) buckets[hash(`sip:u${i}@example.com`) & 63]!++;
      expect(Math.max(...buckets)).to.be.below(160);
    }
  });
});
