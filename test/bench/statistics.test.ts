import { expect } from 'chai';
import { ratioOf, figureOf, type Sample } from '../../bench/samples.mts';
import { percentile, spread } from '../../bench/statistics.mts';
import { lineOf, ratioTable, resultsTable } from '../../bench/table.mts';

const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);

function sample(parts: Partial<Sample>): Sample {
  return { server: 'ours', where: 'udp ram', operation: 'initial', round: 0, figures: {}, noise: 0, wrong: new Map(), resent: 0, ...parts };
}

describe('The statistics of the measurements', () => {
  it('take the percentile that is a value measured, the nearest rank', () => {
    expect([0.5, 0.99, 0.999, 1].map((share) => percentile(hundred, share))).to.deep.equal([50, 99, 100, 100]);
    expect(percentile([7], 0.5)).to.equal(7);
    expect(percentile([], 0.5)).to.be.NaN;
  });

  it('count an answer that never came as slower than all others', () => {
    expect(percentile([1, 2, Infinity], 0.5)).to.equal(2);
    expect(percentile([1, 2, Infinity], 0.99)).to.equal(Infinity);
  });

  it('take the median of an odd and of an even number of rounds, whatever their order', () => {
    expect(spread([3, 1, 2])).to.deep.equal({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1, 2, 3])).to.deep.equal({ median: 2.5, min: 1, max: 4 });
    expect(spread([NaN, 5])).to.deep.equal({ median: 5, min: 5, max: 5 });
    expect(spread([])).to.equal(undefined);
  });

  it('compare two servers within each round, not across rounds', () => {
    const ours = [2, 20].map((cpu, round) => sample({ round, figures: { cpu } }));
    const other = [40, 4].map((cpu, index) => sample({ server: 'other', round: 1 - index, figures: { cpu } }));
    expect(ratioOf(ours, other, 'cpu')).to.deep.equal({ median: 0.5, min: 0.5, max: 0.5 });
    expect(ratioOf(ours, other, 'p50')).to.equal(undefined);
    expect(figureOf(ours, 'cpu')?.median).to.equal(11);
  });
});

describe('The table of the measurements', () => {
  const samples = [
    sample({ figures: { cpu: 0.25, rate: 12_345.6 }, busy: 0.99 }),
    sample({ server: 'floor', figures: { cpu: 0.1, rate: 40_000 }, busy: 0.41 }),
    sample({ figures: { p50: 0.1234 }, noise: 0.31, wrong: new Map([['500 for 200', 2]]), resent: 3 }),
  ];

  it('has a row for each server, in Markdown, and a dash for what was not measured', () => {
    expect(resultsTable(samples).split('\n')).to.deep.equal([
      '| where   | operation | server | CPU-s/10k | requests/s | p50 ms | notes                                      |',
      '| ------- | --------- | ------ | --------: | ---------: | -----: | ------------------------------------------ |',
      '| udp ram | initial   | ours   |     0.250 |     12,346 |  0.123 | WRONG 2: 500 for 200, resent 3, noisy 0.31 |',
      '| udp ram | initial   | floor  |     0.100 |     40,000 |      - | busy 0.41                                  |',
    ]);
  });

  it('has a row for each that the first one is compared with, or is not there', () => {
    expect(ratioTable(samples, 'ours').split('\n').slice(2)).to.deep.equal(['| udp ram | initial   | ours / floor | 2.50 (2.50..2.50) | 0.31 (0.31..0.31) |      - |']);
    expect(ratioTable(samples.slice(0, 1), 'ours')).to.equal('');
  });

  it('says what the watchers lost and what came to them twice', () => {
    const watched = sample({ operation: 'notify', figures: { rate: 30_000 }, repeated: 2, dropped: 1 });
    expect(lineOf(watched)).to.equal('udp ram, ours, notify: requests/s 30,000, repeated 2, dropped 1');
  });

  it('is told line by line while it is made', () => {
    expect(lineOf(samples[1]!)).to.equal('udp ram, floor, initial: CPU-s/10k 0.100, requests/s 40,000, busy 0.41');
  });
});
