import { expect } from 'chai';
import { Directories } from './directories.ts';
import { killRound, numbersOf } from './kill-rounds.ts';

describe('a server with LMDB that is killed under load', function () {
  this.timeout(60_000);
  const directories = new Directories();
  afterEach(() => directories.remove());

  it('has all that it answered 200, with its tag and body, nothing that it removed, and nothing beyond its time', async () => {
    const seed = Date.now() % 2 ** 32;
    const random = numbersOf(seed);
    const path = directories.make();
    for (let round = 0; round < 2; round++) {
      const { answered, removed, wrong } = await killRound(path, round, random, 1000);
      expect(wrong, `seed ${seed}, round ${round}`).to.deep.equal([]);
      expect(answered, `seed ${seed}`).to.be.greaterThan(20);
      expect(removed, `seed ${seed}`).to.be.greaterThan(0);
    }
  });
});
