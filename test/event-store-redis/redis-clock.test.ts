import { expect } from 'chai';
import fc from 'fast-check';
import { RedisClock } from '../../packages/event-store-redis/src/redis-clock.ts';

/** What the clock of Redis shows when ours shows `own`. */
type Shown = (own: number) => number;

/** An answer: it went out at `sent`, Redis looked at its clock after `there` more milliseconds, and it came back after `back` more. */
function ask(clock: RedisClock, shown: Shown, sent: number, there: number, back: number): void {
  clock.told(Math.floor(shown(sent + there)), sent, sent + there + back);
}

const hour = 3_600_000;
const milliseconds = fc.double({ min: 0, max: 2000, noNaN: true });
const exchange = fc.record({ pause: milliseconds, there: milliseconds, back: milliseconds });

describe('RedisClock', () => {
  it('makes 0 of every moment while nothing is known', () => {
    const clock = new RedisClock();
    expect([clock.at(0), clock.at(1e9)]).to.deep.equal([0, 0]);
    clock.told(5, 1, 2);
    expect([clock.at(2), clock.at(1e9)]).to.deep.equal([5, 1e9 + 3]);
  });

  it('is never ahead of the clock of Redis, and behind it by the shortest round trip and a millisecond or two at most', () => {
    fc.assert(fc.property(fc.double({ min: -1e12, max: 2e12, noNaN: true }), fc.array(exchange, { minLength: 1, maxLength: 20 }), milliseconds, (ahead, exchanges, later) => {
      const clock = new RedisClock();
      const shown: Shown = (own) => own + ahead;
      let own = 1000;
      for (const { pause, there, back } of exchanges) {
        ask(clock, shown, own += pause, there, back);
        own += there + back;
      }
      const behind = shown(own + later) - clock.at(own + later);
      expect(behind).to.be.within(0, 2.01 + Math.min(...exchanges.map(({ there, back }) => there + back)));
    }), { numRuns: 500 });
  });

  for (const [what, step] of [['put forward', hour], ['put back', -hour], ['put back a little', -700]] as const) {
    it(`follows a clock that is ${what}, with the next answer`, () => {
      const clock = new RedisClock();
      ask(clock, (own) => own + 1e12, 10, 1, 1);
      const stepped: Shown = (own) => own + 1e12 + step;
      ask(clock, stepped, 100, 5, 5);
      expect(stepped(200) - clock.at(200)).to.be.within(0, 12);
    });
  }
});
