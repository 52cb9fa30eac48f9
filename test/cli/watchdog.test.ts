import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { Watchdog } from '../../packages/cli/src/workers/watchdog.ts';

describe('the watchdog of a worker', () => {
  let clock: SinonFakeTimers;
  let hung: number;
  let watchdog: Watchdog;
  beforeEach(() => {
    clock = useFakeTimers();
    hung = 0;
    watchdog = new Watchdog(() => hung++);
  });
  afterEach(() => {
    watchdog.stop();
    clock.restore();
  });

  it('tells once of a silence of 10 seconds, and of none that is shorter', () => {
    watchdog.start();
    for (let i = 0; i < 100; i++) {
      clock.tick(10_000);
      watchdog.heard();
    }
    expect(hung).to.equal(0);
    clock.tick(11_000);
    expect(hung).to.equal(1);
    clock.tick(60_000);
    expect(hung).to.equal(1);
  });

  it('wants four signs of life in that time', () => {
    expect(watchdog.interval).to.equal(2_000);
    expect(watchdog.patience).to.equal(10);
  });

  it('doubts one that serves after a silence of 4 seconds, until it is heard, and none that starts', () => {
    const doubts: boolean[] = [];
    const doubting = new Watchdog(() => hung++, undefined, (isDoubted) => doubts.push(isDoubted));
    doubting.start();
    for (const silence of [4_000, 4_000, 5_000, 9_000]) {
      clock.tick(silence);
      doubting.heard();
    }
    expect(doubts).to.deep.equal([true, false, true, false]);
    doubting.start('starting');
    clock.tick(30_000);
    doubting.start();
    expect([doubts.length, hung]).to.deep.equal([4, 0]);
    doubting.stop();
  });

  it('waits for a worker that starts for a minute', () => {
    watchdog.start('starting');
    expect(watchdog.patience).to.equal(60);
    clock.tick(60_000);
    expect(hung).to.equal(0);
    watchdog.start();
    expect(watchdog.patience).to.equal(10);
    watchdog.start('starting');
    clock.tick(61_000);
    expect(hung).to.equal(1);
  });

  it('begins anew with each worker, and tells nothing after its end', () => {
    watchdog.start();
    clock.tick(9_000);
    watchdog.start();
    clock.tick(9_000);
    watchdog.stop();
    clock.tick(60_000);
    expect(hung).to.equal(0);
  });

  it('counts no clock that is set, and no time in which this process did not run', () => {
    watchdog.start();
    clock.tick(10_000);
    // A process that was stopped finds one look due, however long that was; so does one whose machine was asleep.
    clock.setSystemTime(Date.now() + 3_600_000);
    clock.jump(0);
    watchdog.heard();
    clock.jump(3_600_000);
    expect(hung).to.equal(0);
  });
});
