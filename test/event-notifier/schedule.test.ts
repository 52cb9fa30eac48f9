import { expect } from 'chai';
import sinon from 'sinon';
import { Fifo } from '../../packages/event-notifier/src/schedule/fifo.ts';
import { Line, type InLine } from '../../packages/event-notifier/src/schedule/line.ts';
import { pauseAfter } from '../../packages/event-notifier/src/schedule/pauses.ts';
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
  const one = (name: string, peer = 'p', more: Partial<InLine> = {}): One => ({ name, peer, isSlow: false, phase: 'idle', ...more });

  it('lets one address have no more than its part under way, and others pass', () => {
    const line = new Line<One>({ each: 2, slow: 10, all: 10 });
    for (const name of ['a', 'b', 'c']) line.add(one(name, 'dead'));
    line.add(one('d', 'alive'));
    const taken = [line.take(), line.take(), line.take(), line.take()];
    expect(taken.map((next) => next?.item.name)).to.deep.equal(['a', 'b', 'd', undefined]);
    line.answered(taken[0]!.place);
    expect(line.take()?.item.name).to.equal('c');
  });

  it('lets those who do not answer have a part only, and others pass', () => {
    const line = new Line<One>({ each: 10, slow: 1, all: 10 });
    const slow = { isSlow: true };
    for (const next of [one('a', 'p1', slow), one('b', 'p2', slow), one('c', 'p3')]) line.add(next);
    const first = line.take();
    expect([first, line.take(), line.take()].map((next) => next?.item.name)).to.deep.equal(['a', 'c', undefined]);
    line.answered(first!.place);
    expect(line.take()?.item.name).to.equal('b');
  });

  it('has no more under way in all than its limit', () => {
    const line = new Line<One>({ each: 10, slow: 10, all: 2 });
    for (const name of ['a', 'b', 'c']) line.add(one(name, name));
    const taken = [line.take(), line.take()];
    expect(line.take()).to.equal(undefined);
    line.answered(taken[1]!.place);
    expect(line.take()?.item.name).to.equal('c');
    expect(line.underWay).to.equal(2);
  });

  it('takes nobody twice, and nobody who has ended', () => {
    const line = new Line<One>({ each: 10, slow: 10, all: 10 });
    const a = one('a');
    line.add(a);
    line.add(a);
    const gone = one('gone');
    line.add(gone);
    gone.phase = 'ended';
    expect([line.take()?.item.name, line.take()]).to.deep.equal(['a', undefined]);
    line.add(a);
    expect(line.take(), 'while something is under way to him').to.equal(undefined);
  });

  it('keeps the order of ten thousand', () => {
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
