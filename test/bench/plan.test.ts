import { expect } from 'chai';
import { checkOut } from '../../bench/checkout.mts';
import { growthPlanOf } from '../../bench/growth-plan.mts';
import { planOf } from '../../bench/plan.mts';
import { watchersPlanOf } from '../../bench/watchers-plan.mts';

describe('What a measurement is asked for', () => {
  it('is everything unless told', () => {
    expect(planOf([])).to.deep.include({ operations: ['initial', 'refresh', 'modify', 'remove', '412'], rounds: 3, servers: ['ours', 'floor', 'kamailio', 'npm-sip'] });
    expect(planOf([])?.places).to.have.length(6);
    expect(planOf([])?.measures).to.deep.equal(['throughput', 'latency', 'memory', 'watch', 'register']);
    expect(planOf(['--only', 'workers'])?.measures).to.deep.equal(['workers']);
  });

  it('is another commit alone, unless servers are named as well', () => {
    expect(planOf(['--against', 'main'])).to.deep.include({ against: 'main', servers: [] });
    expect(planOf(['--against', 'main', '--servers', 'floor'])?.servers).to.deep.equal(['floor']);
  });

  it('is in the order in which it can be done', () => {
    expect(planOf(['--operations', 'remove,initial'])?.operations).to.deep.equal(['initial', 'remove']);
    expect(growthPlanOf(['--sizes', '100,10'])?.sizes).to.deep.equal([10, 100]);
  });

  it('is a tenth of the watchers at one address unless told', () => {
    expect(watchersPlanOf([])).to.include({ count: 100_000, crowd: 10_000, each: 10 });
    expect(watchersPlanOf(['--count', '50', '--crowd', '20'])).to.include({ count: 50, crowd: 20 });
    expect(() => watchersPlanOf(['--count', '50', '--crowd', '50'])).to.throw('--crowd: 50 must be fewer than --count 50.');
  });

  it('is help', () => {
    expect(planOf(['--help'])).to.equal(undefined);
    expect(growthPlanOf(['--help'])).to.equal(undefined);
    expect(watchersPlanOf(['--help'])).to.equal(undefined);
  });

  it('is refused by a sentence if there is no such thing', () => {
    expect(() => planOf(['--transports', 'sctp'])).to.throw('--transports: there is no "sctp", but udp, tcp, ws.');
    expect(() => planOf(['--rounds', '1.5'])).to.throw('--rounds: 1.5 is no whole number of 1 or more.');
    expect(() => planOf(['--seconds', 'many'])).to.throw('--seconds: many is no number of 0 or more.');
    expect(() => planOf(['--colour', 'red'])).to.throw("Unknown option '--colour'");
    expect(() => growthPlanOf(['--sizes', '0'])).to.throw('--sizes: 0 is no whole number of 1 or more.');
    expect(() => checkOut('no-such-commit')).to.throw(/^git rev-parse .* failed: /);
  });
});
