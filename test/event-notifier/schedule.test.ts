import { expect } from 'chai';
import sinon from 'sinon';
import { Fifo } from '../../packages/event-notifier/src/schedule/fifo.ts';
import { Line, type LineLimits } from '../../packages/event-notifier/src/schedule/line.ts';
import type { InLine, Place } from '../../packages/event-notifier/src/schedule/place.ts';
import { pauseAfter } from '../../packages/event-notifier/src/schedule/retry-pauses.ts';
import { Timetable } from '../../packages/event-notifier/src/schedule/timetable.ts';

describe('the timetable', () => {
  let clock: sinon.SinonFakeTimers;
  let called: string[];
  let table: Timetable<{ name: string; due: number }>;
  const item = (name: string): { name: string; due: number } => ({ name, due: 0 });

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    called = [];
    table = new Timetable(50, ({ name }) => { called.push(`${name} ${performance.now()}`); });
  });
  afterEach(() => {
    table.close();
    clock.restore();
  });

  it('calls each item at its time, rounded up to a tick, with one timer', () => {
    for (const [name, at] of [['c', 301], ['a', 100], ['b', 120]] as const) table.set(item(name), at);
    expect(clock.countTimers()).to.equal(1);
    clock.tick(1000);
    expect(called).to.deep.equal(['a 100', 'b 150', 'c 350']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('moves and cancels', () => {
    const [a, b] = [item('a'), item('b')];
    table.set(a, 1000);
    table.set(b, 1000);
    table.set(a, 200);
    table.cancel(b);
    clock.tick(2000);
    expect(called).to.deep.equal(['a 200']);
    expect(a.due + b.due).to.equal(0);
  });

  it('lets what is called set itself again', () => {
    const again = item('a');
    table.close();
    table = new Timetable(50, (one) => { called.push(String(performance.now())); if (called.length < 3) table.set(one, performance.now() + 100); });
    table.set(again, 100);
    clock.tick(1000);
    expect(called).to.deep.equal(['100', '200', '300']);
  });

  it('does not call what is cancelled, or moved, by something that is called at the same time', () => {
    const [first, cancelled, moved] = [item('first'), item('cancelled'), item('moved')];
    table = new Timetable(50, ({ name }) => {
      called.push(`${name} ${performance.now()}`);
      if (name !== 'first') return;
      table.cancel(cancelled);
      table.set(moved, 300);
    });
    for (const one of [first, cancelled, moved]) table.set(one, 100);
    clock.tick(1000);
    expect(called).to.deep.equal(['first 100', 'moved 300']);
  });

  it('keeps the order of a thousand times, whatever the order of setting', () => {
    for (let n = 0; n < 1000; n++) table.set(item(String(n)), 50 * (1 + (n * 7919) % 1000));
    clock.tick(60_000);
    const at = called.map((text) => Number(text.split(' ')[1]));
    expect(at).to.deep.equal([...at].sort((a, b) => a - b));
    expect(at).to.have.length(1000);
  });

  it('holds what is farther away than a timer can wait', () => {
    table.set(item('far'), 3_000_000_000);
    clock.tick(2_999_000_000);
    expect(called).to.deep.equal([]);
    clock.tick(1_000_000);
    expect(called).to.deep.equal(['far 3000000000']);
  });
});

describe('the line', () => {
  interface One extends InLine { readonly name: string }
  const one = (name: string, peer = '192.0.2.1 5060', more: Partial<InLine> = {}): One => ({ name, peer, kind: 'quick', phase: 'idle', ...more });
  const slow = { kind: 'slow' } as const;
  const fresh = { kind: 'new' } as const;
  const large = { each: 10, slow: 10, all: 10 };
  let clock: sinon.SinonFakeTimers;
  let called = 0;
  let line: Line<One>;

  const lineOf = (limits: Partial<LineLimits>, ...ones: One[]): void => {
    line = new Line<One>(limits, () => { called++; });
    for (const next of ones) line.add(next);
  };
  /** All that can be taken now. */
  const taken = (): Place<One>[] => {
    const places: Place<One>[] = [];
    for (let place = line.take(performance.now()); place !== undefined; place = line.take(performance.now())) places.push(place);
    return places;
  };
  const names = (): string => taken().map(({ item: { name } }) => name).join(' ');

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    called = 0;
  });
  afterEach(() => {
    line.close();
    clock.restore();
  });

  it('lets one address and port have no more than its part under way, and others pass', () => {
    lineOf({ each: 2 }, ...['a', 'b', 'c'].map((name) => one(name)), one('d', '192.0.2.1 5062'));
    const [a] = taken();
    expect(line.underWay).to.equal(3);
    line.answered(a!);
    expect(names()).to.equal('c');
  });

  it('gives an address and port more room while it answers, and half of it when one is not answered', () => {
    lineOf({ each: 2, mostEach: 5, patience: 100 }, ...Array.from({ length: 40 }, (_, n) => one(`${n}`)));
    let places = taken();
    const many: number[] = [places.length];
    for (let trip = 0; trip < 3; trip++) {
      for (const place of places) line.answered(place);
      places = taken();
      many.push(places.length);
    }
    expect(many).to.deep.equal([2, 4, 5, 5]);
    clock.tick(101);
    expect(taken(), 'five are silent').to.have.length(2);
  });

  it('gives no more room to an address and port that refuses what it gets', () => {
    lineOf({ each: 2 }, ...['a', 'b', 'c', 'd', 'e'].map((name) => one(name)));
    for (const place of taken()) {
      Object.assign(place.item, slow);
      line.answered(place);
    }
    expect(names()).to.equal('c d');
  });

  it('lets those who do not answer have a part only, and others pass', () => {
    lineOf({ slow: 1 }, one('a', '192.0.2.1 1', slow), one('b', '192.0.2.2 1', slow), one('c', '192.0.2.3 1'));
    const [c, a] = taken();
    expect([c!.item.name, a!.item.name]).to.deep.equal(['c', 'a']);
    line.answered(a!);
    expect(names()).to.equal('b');
  });

  it('has no more under way in all than its limit', () => {
    lineOf({ all: 2 }, ...['a', 'b', 'c'].map((name) => one(name)));
    const [, b] = taken();
    line.answered(b!);
    expect(names()).to.equal('c');
    expect(line.underWay).to.equal(2);
  });

  it('takes nobody twice, and nobody who has ended', () => {
    const [a, gone] = [one('a'), one('gone')];
    lineOf(large, a, a, gone);
    gone.phase = 'ended';
    expect(names()).to.equal('a');
    line.add(a);
    expect(names(), 'while something is under way to it').to.equal('');
  });

  it('gives the room of those who have ended while they waited, or are at another address now, to those behind them', () => {
    const [gone, moved] = [one('gone'), one('moved')];
    lineOf({ each: 1 }, one('a'), gone, moved, one('b'));
    const [a] = taken();
    gone.phase = 'ended';
    Object.assign(moved, { peer: '192.0.2.2 5060' });
    line.answered(a!);
    const [second, third] = taken();
    expect([second, third].map((place) => place?.item.name).sort()).to.deep.equal(['b', 'moved']);
    for (const place of [second, third]) line.answered(place!);
    expect(line.underWay).to.equal(0);
    line.add(one('c'));
    expect(names()).to.equal('c');
  });

  it('has addresses take turns, whatever their ports, and the /64 of IPv6 for one', () => {
    const crowd = [1, 2, 3].map((port) => one(`a${port}`, `192.0.2.1 ${port}`));
    lineOf(large, ...crowd, ...crowd.map(({ name }, n) => one(`v${name}`, `2001:db8::${n + 1} 5060`)), one('b', '192.0.2.2 1'));
    expect(names()).to.equal('a1 va1 b a2 va2 a3 va3');
  });

  it('has kinds take turns: neither those who come nor those who do not answer wait for all of the others', () => {
    lineOf(large, ...[1, 2].flatMap((n) => [one(`slow${n}`, '192.0.2.1 1', slow), one(`new${n}`, '192.0.2.1 1', fresh), one(`quick${n}`)]));
    expect(names()).to.equal('quick1 new1 slow1 quick2 new2 slow2');
  });

  it('has whoever is silent give its place to others after a second, and tells that there is room', () => {
    lineOf({ all: 2, slow: 1 }, one('a'), one('b', '192.0.2.1 1', slow), one('c'), one('d', '192.0.2.1 1', slow));
    const [a, b] = taken();
    clock.tick(999);
    expect([called, names()]).to.deep.equal([0, '']);
    clock.tick(2);
    expect(called).to.equal(1);
    expect(names()).to.equal('c d');
    expect(line.underWay).to.equal(4);
    for (const place of [a!, b!]) line.answered(place);
    expect(line.underWay).to.equal(2);
  });

  it('sets no timer where nobody waits, and none is left behind it', () => {
    lineOf({ all: 2 }, one('a'));
    taken();
    expect(clock.countTimers()).to.equal(0);
    for (const name of ['b', 'c', 'd']) line.add(one(name));
    taken();
    expect(clock.countTimers()).to.equal(1);
    line.close();
    expect(clock.countTimers()).to.equal(0);
  });

  it('sends on to an address and port where some are silent, but nothing more than its part to those who have taken nothing', () => {
    lineOf({ each: 2 }, ...['a', 'b', 'c'].map((name) => one(name)));
    const [a, b] = taken();
    clock.tick(1001);
    line.add(one('x', '192.0.2.1 5060', fresh));
    const [c] = taken();
    expect(c!.item.name).to.equal('c');
    line.answered(c!);
    expect(names(), 'two are silent').to.equal('');
    line.answered(a!);
    expect(names()).to.equal('x');
    line.answered(b!);
  });

  it('gives an address with many silent ones nothing more while there are too many in all, but a few at a time', () => {
    const crowd = (address: string, many: number): One[] => Array.from({ length: many }, (_, port) => one(address, `${address} ${port}`));
    lineOf({ silent: 6, share: 4, spare: 2 }, ...crowd('192.0.2.1', 6));
    const [silent] = taken();
    clock.tick(1001);
    for (const next of [...crowd('192.0.2.1', 4), ...crowd('192.0.2.2', 3)]) {
      next.phase = 'idle';
      line.add(next);
    }
    const later = taken();
    expect(later.map(({ item: { name } }) => name.at(-1)).join('')).to.equal('1222');
    line.answered(later[0]!);
    line.answered(later[1]!);
    line.answered(later[2]!);
    expect(names(), 'one is spare').to.equal('192.0.2.1');
    line.answered(silent!);
    expect(names(), 'they are fewer').to.equal('192.0.2.1 192.0.2.1');
  });
});

describe('what is first in', () => {
  it('is first out, of ten thousand', () => {
    const fifo = new Fifo<number>();
    for (let n = 0; n < 10_000; n++) fifo.push(n);
    const got = Array.from({ length: 10_000 }, () => fifo.shift());
    expect(got).to.deep.equal(Array.from({ length: 10_000 }, (_, n) => n));
    expect(fifo.shift()).to.equal(undefined);
  });
});

describe('the pause after a NOTIFY that was not taken', () => {
  it('C12 is what Retry-After says, an hour at most and a second at least, else 5 to 60 seconds', () => {
    expect([1, 2, 3, 4, 5, 6, 100].map((failures) => pauseAfter(failures, undefined))).to.deep.equal([5000, 10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    expect([0, 7, 2 ** 32 - 1].map((seconds) => pauseAfter(1, seconds))).to.deep.equal([1000, 7000, 3_600_000]);
  });
});
