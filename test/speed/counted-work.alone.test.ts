import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { countRegister, countWatch, countWork, growth, record, registerGrowth, registerRecord, watchGrowth, watchRecord, type CountedRegister, type CountedWatch, type CountedWork } from './counted-work.ts';

const adviceOn = (grown: string): string => `More is done for each request than before:\n${grown}\nLook at what was added to these files; --cpu-prof and --heap-prof tell more. `
  + 'If the work is needed, record it with `npm run count:record` and say in the commit why.';

describe('the work of a PUBLISH, counted', function () {
  this.timeout(60_000);

  it('is at most 15 % more than recorded, whatever the machine', () => {
    const grown = growth(JSON.parse(readFileSync(record, 'utf8')) as CountedWork, countWork());
    expect(grown, adviceOn(grown)).to.equal('');
  });

  it('tells what grew, and where', () => {
    const work = (bytes: number, steps: Readonly<Record<string, number>>): CountedWork => {
      const one = { bytes, steps };
      return { initial: one, refresh: one, modify: one, remove: { bytes: 1, steps: {} } };
    };
    expect(growth(work(1000, { a: 100, b: 10 }), work(1150, { a: 110, b: 16 }))).to.equal('');
    expect(growth(work(1000, { a: 100, b: 10 }), work(1151, { a: 110, b: 11, c: 20 })).split('\n').slice(0, 4)).to.deep.equal([
      'bytes allocated for a PUBLISH (initial): 1151, were 1000 (+15 %)',
      'steps of a PUBLISH (initial): 141, were 110 (+28 %)', '  +20 in c', '  +10 in a',
    ]);
  });
});

describe('the work of a SUBSCRIBE and of a NOTIFY, counted', function () {
  this.timeout(60_000);

  it('is at most 15 % more than recorded, whatever the machine', () => {
    const grown = watchGrowth(JSON.parse(readFileSync(watchRecord, 'utf8')) as CountedWatch, countWatch());
    expect(grown, adviceOn(grown)).to.equal('');
  });
});

describe('the work of a REGISTER, counted', function () {
  this.timeout(60_000);

  it('is at most 15 % more than recorded, whatever the machine', () => {
    const grown = registerGrowth(JSON.parse(readFileSync(registerRecord, 'utf8')) as CountedRegister, countRegister());
    expect(grown, adviceOn(grown)).to.equal('');
  });
});
