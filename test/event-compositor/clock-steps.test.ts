import { RamStore, type Publication, type RegPublish } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { CompositorUnderTest } from './compositor-under-test.ts';

const HOUR = 3600;
const uri = 'sip:user1@example.com';

/** Somebody, or NTP, sets the clock of the machine. No time passes. */
function step(clock: sinon.SinonFakeTimers, seconds: number): void {
  clock.setSystemTime(Date.now() + 1000 * seconds);
}

describe('RFC 3903 6(4) a step of the wall clock', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  /** Seconds that a publication has left, as its record says. */
  const left = ({ expires }: RegPublish): number => expires - Date.now() / 1000;

  async function listed(service: CompositorUnderTest): Promise<readonly Publication[]> {
    const all: Publication[] = [];
    for await (const one of service.compositor.list()) all.push(one);
    return all;
  }

  for (const etag of ['keep', 'renew'] as const) {
    for (const seconds of [HOUR, -HOUR]) {
      it(`of ${seconds} s ends nothing early and nothing late in RAM, and what is left is told right (${etag})`, async () => {
        const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: etag } });
        const initial = { body: 'one', expires: 600, transaction: 1 };
        const tag = await service.stored(initial);
        clock.tick(4000);
        step(clock, seconds);
        const found = await service.compositor.find(uri, tag);
        expect(found === 'not_found' ? found : left(found)).to.equal(596);
        expect((await listed(service)).map(({ record }) => left(record))).to.deep.equal([596]);
        expect(await service.publish(initial), 'a repeat').to.include({ code: 'ok', tag, expires: 596 });
        const refresh = { ifMatch: tag, expires: 100, transaction: 2 };
        const refreshed = await service.publish(refresh);
        expect(refreshed).to.include({ code: 'ok', expires: 100 });
        clock.tick(99_000);
        step(clock, -seconds);
        const record = await service.compositor.find(uri, refreshed.tag!);
        expect(record === 'not_found' ? record : left(record)).to.equal(1);
        if (etag === 'renew') expect(await service.publish(refresh), 'a repeat').to.include({ code: 'ok', tag: refreshed.tag, expires: 1 });
        clock.tick(1000);
        expect(await service.compositor.find(uri, refreshed.tag!)).to.equal('not_found');
        expect(await service.publish({ ifMatch: refreshed.tag!, transaction: 3 })).to.include({ code: 'conditional_request_failed' });
      });
    }

    it(`of -1 h brings back nothing in RAM that has ended (${etag})`, async () => {
      const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: etag } });
      // It ends between two sweeps, which are counted from the first publication on.
      await service.publish({ uri: 'sip:other@example.com', body: 'x', expires: 1 });
      clock.tick(100);
      const tag = await service.stored({ expires: 600 });
      clock.tick(600_000);
      step(clock, -HOUR);
      expect(await service.compositor.find(uri, tag)).to.equal('not_found');
      expect(await listed(service)).to.deep.equal([]);
      for (const parts of [{}, { body: 'new' }, { expires: 0 }]) expect(await service.publish({ ifMatch: tag, ...parts })).to.include({ code: 'conditional_request_failed' });
    });
  }

  it('changes nothing of when the end of a publication is told, and of when its memory is given back', async () => {
    const expired: [tag: string, at: number][] = [];
    const store = new RamStore({ onExpired: (_, publication) => expired.push([publication().tag, performance.now()]) });
    const aor = { scheme: 'sip', user: 'u', domain: 'example.com' };
    const put = (tag: string, ttl: number): void => { store.put('s', aor, tag, { data: Buffer.from('x'), event: 'presence', expires: Date.now() / 1000 + ttl }, ttl); };
    put('ten', 10);
    step(clock, HOUR);
    put('twenty', 20);
    clock.tick(5000);
    step(clock, -10 * HOUR);
    put('thirty', 25);
    clock.tick(60_000);
    expect(expired.map(([tag, at]) => [tag, Math.floor(at / 1000)])).to.deep.equal([['ten', 10], ['twenty', 20], ['thirty', 30]]);
    expect(store.count('s')).to.equal(0);
    await store.close();
  });

  it('of the clock by less than 2 ms is none: expires is the same each time it is read', async () => {
    const service = new CompositorUnderTest();
    const tag = await service.stored({ expires: 600 });
    const times: number[] = [];
    for (const milliseconds of [0, 1, -1, -1, 1]) {
      step(clock, milliseconds / 1000);
      clock.tick(7);
      const found = await service.compositor.find(uri, tag);
      if (found !== 'not_found') times.push(found.expires);
    }
    expect(times).to.deep.equal(new Array<number>(5).fill(1_700_000_600));
  });

  it('does not refuse who waits for their turn', async () => {
    const answers: ((answer: unknown) => void)[] = [];
    const service = new CompositorUnderTest({ store: (op) => op.type === 'get' ? 'not_found' : new Promise((resolve) => { answers.push(resolve); }) });
    const first = service.publish({ body: '1', transaction: 1 });
    const second = service.publish({ body: '2', transaction: 2 });
    step(clock, HOUR);
    for (let i = 0; i < 2; i++) {
      answers.shift()?.('ok');
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    }
    expect([(await first).code, (await second).code]).to.deep.equal(['ok', 'ok']);
  });
});
