import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { Schedule } from '../../packages/core/src/subscription/schedule.ts';

describe('moments at which something is due', () => {
  let clock: SinonFakeTimers;
  const seen: string[] = [];
  const schedule = (): Schedule<'a' | 'b'> => new Schedule(() => performance.now(), (moment) => { seen.push(`${moment} ${performance.now()}`); });
  beforeEach(() => {
    clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    seen.length = 0;
  });
  afterEach(() => { clock.restore(); });

  it('come in their order, each once, with one timer', () => {
    const moments = schedule();
    moments.set('b', 200);
    moments.set('a', 100);
    expect(clock.countTimers()).to.equal(1);
    clock.tick(1000);
    expect(seen).to.deep.equal(['a 100', 'b 200']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('can be moved and taken back', () => {
    const moments = schedule();
    moments.set('a', 100);
    moments.set('a', 300);
    moments.set('b', 100);
    moments.delete('b');
    clock.tick(299);
    expect(seen).to.deep.equal([]);
    clock.tick(1);
    expect(seen).to.deep.equal(['a 300']);
    moments.set('a', 400);
    moments.clear();
    expect(clock.countTimers()).to.equal(0);
  });

  it('may be further away than a timer can wait', () => {
    const far = 1000 * (2 ** 32 - 1);
    const moments = schedule();
    moments.set('a', far);
    clock.tick(far - 1);
    expect(seen).to.deep.equal([]);
    clock.tick(1);
    expect(seen).to.deep.equal([`a ${far}`]);
  });
});
