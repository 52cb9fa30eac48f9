import { expect } from 'chai';
import { continued, errorText, type Compared } from '../../bench/scale-error.mts';
import { amountOf, orderOf, readArguments } from '../../bench/scale-order.mts';
import { sized } from '../../bench/scale-text.mts';

function order(...args: readonly string[]): ReturnType<typeof orderOf> {
  return orderOf(readArguments(args));
}

describe('What a deployment is asked to serve', () => {
  it('is said in numbers with k, M, G and /s', () => {
    expect(['7', '1.5k', '10M', '4G', '5000/s', '2k/s'].map((text) => amountOf('n', text, 0))).to.deep.equal([7, 1500, 1e7, 4e9, 5000, 2000]);
    expect(amountOf('n', undefined, 3)).to.equal(3);
    for (const wrong of ['', '-1', 'many', '1m', '1e3', '5/h']) expect(() => amountOf('watchers', wrong, 0)).to.throw('--watchers: ');
  });

  it('has a connection for each publication or registration unless told', () => {
    expect(order('--publications', '10', '--registrations', '20').clients).to.equal(20);
    expect(order('--publications', '10', '--clients', '3').clients).to.equal(3);
  });

  it('is refused where it makes no sense', () => {
    expect(() => order('--store', 'disk')).to.throw('--store: there is no "disk", but ram, lmdb, redis.');
    expect(() => order('--transport', 'sctp')).to.throw('--transport');
    expect(() => order('--utilisation', '1.1')).to.throw('--utilisation: 1.1 is not between 0 and 1.');
    expect(() => order('--refresh-at', '0')).to.throw('--refresh-at');
    expect(() => order('--expires', '0')).to.throw('--expires must be more than 0.');
    expect(() => order('--wachters', '1')).to.throw('--wachters');
  });
});

describe('The error of the model', () => {
  const compared = (size: number, measured: number): Compared => ({ size, what: 'busy cores', unit: 'cores', predicted: 0.5, measured });

  it('goes on as it went from the smallest to the largest size, with every factor of ten', () => {
    const all = [compared(10_000, 0.5), compared(100_000, 0.6), compared(1_000_000, 0.6)];
    expect(continued(all, 10e6)).to.have.length(1);
    expect(continued(all, 10e6)[0]?.ratio).to.be.closeTo(1.3, 1e-9);
    expect(continued(all, 100e6)[0]?.ratio).to.be.closeTo(1.4, 1e-9);
    expect(continued([compared(10_000, 0.5), compared(100_000, 0.05)], 10e6)[0]?.ratio).to.equal(0);
  });

  it('is that of what is added, where it is about bytes: a process takes some by itself', () => {
    const bytes = (size: number, predicted: number, measured: number): Compared => ({ size, what: 'memory', unit: 'bytes', predicted, measured });
    expect(continued([bytes(10_000, 200, 150), bytes(100_000, 300, 270)], 10e6)).to.deep.equal([{ size: 10e6, what: 'memory', ratio: 1.2 }]);
  });

  it('is not guessed from one size, nor for a size that was measured', () => {
    expect(continued([compared(10_000, 0.5)], 10e6)).to.deep.equal([]);
    expect(continued([compared(10_000, 0.5), compared(10e6, 0.6)], 10e6)).to.deep.equal([]);
  });

  it('is told in per cent of what was predicted', () => {
    expect([1, 1.1, 0.75].map(errorText)).to.deep.equal(['0 %', '+10 %', '-25 %']);
    expect([999, 1500, 12_345_678, 93e9, 1.2e12].map(sized)).to.deep.equal(['999 B', '1.5 kB', '12 MB', '93 GB', '1.2 TB']);
  });
});
