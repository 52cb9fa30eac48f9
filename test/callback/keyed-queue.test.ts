import type { StoreOp } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { answerOf, CompositorUnderTest, SimpleStore } from '../event-compositor/compositor-under-test.ts';

/** A store whose answers come when the test says so. */
class Held {
  readonly store = new SimpleStore();
  readonly waiting: { readonly op: StoreOp; release(): void }[] = [];

  readonly callback = (op: StoreOp, srvId: string): unknown => new Promise((resolve) => {
    this.waiting.push({ op, release: () => resolve(this.store.callback(op, srvId)) });
  });

  /** Answers until nobody waits. */
  async releaseAll(): Promise<void> {
    await settle();
    while (this.waiting.length > 0) {
      this.waiting.shift()?.release();
      await settle();
    }
  }
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe('RFC 3903 6 turns', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  it('A27 takes the requests for one address in the order in which they came, over a slow store', async () => {
    const held = new Held();
    const service = new CompositorUnderTest({ store: held.callback });
    const initial = service.publish({ body: '0' });
    await held.releaseAll();
    const { tag } = await initial;
    const answers = Promise.all(Array.from({ length: 100 }, (_, i) => service.publish({ ifMatch: tag ?? '', body: String(i + 1) })));
    await settle();
    expect(held.waiting).to.have.length(1);
    await held.releaseAll();
    expect((await answers).every(({ code }) => code === 'ok')).to.equal(true);
    const found = service.textOf(tag);
    await held.releaseAll();
    expect(await found).to.equal('100');
  });

  it('A27 does not make one address wait for another', async () => {
    const held = new Held();
    const service = new CompositorUnderTest({ store: held.callback });
    for (let i = 0; i < 5; i++) void service.publish({ uri: `sip:u${i}@example.com`, body: 'x' });
    expect(held.waiting).to.have.length(5);
  });

  it('answers at once, and without a promise, over a store that answers at once', () => {
    const service = new CompositorUnderTest();
    const initial = answerOf(sync(service.now({ body: 'x' })));
    expect(initial).to.include({ code: 'ok' });
    for (const parts of [{ body: 'y' }, {}, { expires: 0 }]) {
      expect(answerOf(sync(service.now({ ...parts, ifMatch: initial.tag ?? '' })))).to.include({ code: 'ok' });
    }
  });

  it('answers 503 with Retry-After when too many wait for one address', async () => {
    const held = new Held();
    const service = new CompositorUnderTest({ options: { sip_event_compositor_max_waiting: 2 }, store: held.callback });
    const accepted = [1, 2, 3].map(() => service.publish({ body: 'x' }));
    expect(await service.publish({ body: 'x' })).to.include({ code: '503: Too Many Requests for This Address 5' });
    expect(service.now({ uri: 'sip:other@example.com', body: 'x' })).to.be.a('promise');
    await held.releaseAll();
    expect((await Promise.all(accepted)).map(({ code }) => code)).to.deep.equal(['ok', 'ok', 'ok']);
    const again = service.publish({ body: 'x' });
    await held.releaseAll();
    expect(await again).to.include({ code: 'ok' });
  });

  it('answers 503 with Retry-After when too many are under way in all', async () => {
    const held = new Held();
    const service = new CompositorUnderTest({ options: { sip_event_compositor_max_under_way: 3 }, store: held.callback });
    const accepted = ['a', 'a', 'b'].map((user) => service.publish({ uri: `sip:${user}@example.com`, body: 'x' }));
    for (const user of ['a', 'b', 'c']) expect(await service.publish({ uri: `sip:${user}@example.com`, body: 'x' })).to.include({ code: '503: Too Many Requests 5' });
    await held.releaseAll();
    expect((await Promise.all(accepted)).map(({ code }) => code)).to.deep.equal(['ok', 'ok', 'ok']);
  });

  it('does not carry out what has waited so long that its client has given up', async () => {
    const held = new Held();
    const service = new CompositorUnderTest({ options: { sip_event_compositor_store_timeout: 40 }, store: held.callback });
    const first = service.publish({ body: 'first' });
    const second = service.publish({ body: 'second' });
    await clock.tickAsync(32_001);
    const third = service.publish({ body: 'third' });
    await held.releaseAll();
    expect((await Promise.all([first, second, third])).map(({ code }) => code)).to.deep.equal(['ok', '503: Waited Too Long 5', 'ok']);
    expect([...held.store.records.values()].map(({ data }) => Buffer.from(data).toString())).to.deep.equal(['first', 'third']);
  });

  it('a hung request does not hold up the next one for longer than the timeout', async () => {
    const store = new SimpleStore();
    let hang = true;
    const service = new CompositorUnderTest({ store: (op, srvId) => hang ? new Promise(() => {}) : store.callback(op, srvId) });
    const first = service.publish({ body: 'x' });
    const second = service.publish({ body: 'x' });
    await clock.tickAsync(4999);
    hang = false;
    await clock.tickAsync(1);
    expect((await Promise.all([first, second])).map(({ code }) => code)).to.deep.equal(['internal_error: Store Timeout', 'ok']);
  });

  it('a request that a store makes for the same address waits for its turn', async () => {
    const store = new SimpleStore();
    let inner: Promise<unknown> | undefined;
    const service: CompositorUnderTest = new CompositorUnderTest({
      store: (op, srvId) => {
        if (op.type === 'put') inner ??= service.publish({ body: 'inner' }).then(({ code }) => [code, store.records.size]);
        return store.callback(op, srvId);
      },
    });
    expect(await service.publish({ body: 'outer' })).to.include({ code: 'ok' });
    expect(await inner).to.deep.equal(['ok', 2]);
    expect([...store.records.values()].map(({ data }) => Buffer.from(data).toString())).to.deep.equal(['outer', 'inner']);
  });
});

function sync<T>(value: T | Promise<T>): T {
  expect(value).not.to.be.instanceOf(Promise);
  return value as T;
}
