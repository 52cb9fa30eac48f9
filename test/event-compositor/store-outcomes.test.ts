import type { StoreOp } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { rejectionOf } from '../kit/caught.ts';
import type { PublishParts } from '../kit/sip-request.ts';
import { CompositorUnderTest, SimpleStore, unavailable, type Answer } from './compositor-under-test.ts';

type Fault = () => unknown;

// ---- What a client is told when an operation of the store goes wrong. One column of outcomes for every row of operations.

const hangs: Fault = () => new Promise(() => {});

const outcomes: readonly { readonly fault: string; readonly of: Fault; readonly answer: string }[] = [
  { fault: 'throws', of: () => { throw new Error('disk'); }, answer: 'internal_error: Service Error' },
  { fault: 'throws what is no Error', of: () => { throw 'disk'; }, answer: 'internal_error: Service Error' },
  { fault: 'rejects', of: () => Promise.reject(new Error('disk')), answer: 'internal_error: Service Error' },
  { fault: 'is unavailable', of: () => { throw unavailable(7); }, answer: 'service_unavailable: 7' },
  { fault: 'is unavailable, later', of: () => Promise.reject(unavailable(6.2)), answer: 'service_unavailable: 7' },
  { fault: 'is unavailable and does not say for how long', of: () => { throw unavailable(); }, answer: 'service_unavailable: 5' },
  { fault: 'is unavailable and says nonsense', of: () => { throw unavailable(-1); }, answer: 'service_unavailable: 5' },
  { fault: 'answers nothing', of: () => undefined, answer: 'internal_error: Callback Invalid Response' },
  { fault: 'answers null, later', of: () => Promise.resolve(null), answer: 'internal_error: Callback Invalid Response' },
  { fault: 'answers true', of: () => true, answer: 'internal_error: Callback Invalid Response' },
  { fault: 'answers a list', of: () => [{ data: new Uint8Array(), event: 'presence', expires: 9e9 }], answer: 'internal_error: Callback Invalid Response' },
  { fault: 'continues with wrong arguments', of: () => ['continue', []], answer: 'internal_error: Callback Invalid Response' },
  { fault: 'never answers', of: hangs, answer: 'internal_error: Store Timeout' },
];

const operations: readonly { readonly etag: 'keep' | 'renew'; readonly what: string; readonly fails: StoreOp['type']; readonly request: PublishParts }[] = [
  { etag: 'keep', what: 'initial', fails: 'put', request: { body: 'new' } },
  { etag: 'keep', what: 'refresh', fails: 'get', request: { ifMatch: 'OLD' } },
  { etag: 'keep', what: 'refresh', fails: 'put', request: { ifMatch: 'OLD' } },
  { etag: 'keep', what: 'modify', fails: 'get', request: { ifMatch: 'OLD', body: 'new' } },
  { etag: 'keep', what: 'modify', fails: 'put', request: { ifMatch: 'OLD', body: 'new' } },
  { etag: 'keep', what: 'remove', fails: 'get', request: { ifMatch: 'OLD', expires: 0 } },
  { etag: 'keep', what: 'remove', fails: 'del', request: { ifMatch: 'OLD', expires: 0 } },
  { etag: 'renew', what: 'initial', fails: 'put', request: { body: 'new' } },
  { etag: 'renew', what: 'refresh', fails: 'get', request: { ifMatch: 'OLD' } },
  { etag: 'renew', what: 'refresh', fails: 'put', request: { ifMatch: 'OLD' } },
  { etag: 'renew', what: 'refresh', fails: 'del', request: { ifMatch: 'OLD' } },
  { etag: 'renew', what: 'modify', fails: 'get', request: { ifMatch: 'OLD', body: 'new' } },
  { etag: 'renew', what: 'modify', fails: 'put', request: { ifMatch: 'OLD', body: 'new' } },
  { etag: 'renew', what: 'modify', fails: 'del', request: { ifMatch: 'OLD', body: 'new' } },
  { etag: 'renew', what: 'remove', fails: 'get', request: { ifMatch: 'OLD', expires: 0 } },
  { etag: 'renew', what: 'remove', fails: 'del', request: { ifMatch: 'OLD', expires: 0 } },
  { etag: 'renew', what: 'a tag that is nowhere', fails: 'get', request: { ifMatch: 'wrong' } },
];

// ---- Answers that one operation can have and another cannot.

const record = { data: Buffer.from('x'), event: 'presence', expires: 9_999_999_999 };
const lies: readonly { readonly fails: StoreOp['type']; readonly etag?: 'renew'; readonly request: PublishParts; readonly answers: readonly unknown[] }[] = [
  { fails: 'get', request: { ifMatch: 'OLD' }, answers: [
    'ok', 'replaced', 'found', {}, { ...record, data: 'x' }, { ...record, data: [1] }, { ...record, event: 1 }, { ...record, expires: '9' },
    { ...record, expires: NaN }, { ...record, content_type: 1 }, { ...record, content_encoding: null }, new Uint8Array(4),
  ] },
  { fails: 'put', request: { body: 'new' }, answers: ['not_found', 'replaced', 'OK', record] },
  { fails: 'put', request: { ifMatch: 'OLD', body: 'new' }, answers: ['not_found', 'replaced'] },
  { fails: 'put', etag: 'renew', request: { ifMatch: 'OLD', body: 'new' }, answers: ['OK', record] },
  { fails: 'del', request: { ifMatch: 'OLD', expires: 0 }, answers: ['replaced', record, 1] },
];

/** A service on a store that does well until it is told to fail. */
class Scene {
  readonly store = new SimpleStore();
  fails: StoreOp['type'] | undefined;
  fault: Fault = hangs;
  readonly ops: StoreOp[] = [];
  readonly service: CompositorUnderTest;

  constructor(etag: 'keep' | 'renew' = 'keep') {
    this.service = new CompositorUnderTest({
      options: { sip_event_compositor_etag: etag },
      store: (op, srvId) => {
        this.ops.push(op);
        return op.type === this.fails ? this.fault() : this.store.callback(op, srvId);
      },
    });
  }

  /** Publishes while an operation fails; 'OLD' stands for the tag of what is stored. */
  async publish(request: PublishParts, old: string, clock: sinon.SinonFakeTimers): Promise<Answer> {
    const answer = this.service.publish(request.ifMatch === 'OLD' ? { ...request, ifMatch: old } : request);
    await clock.tickAsync(5000);
    return answer;
  }
}

describe('RFC 3903 6(5) a store that fails', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  for (const { etag, what, fails, request } of operations) {
    for (const { fault, of, answer } of outcomes) {
      it(`A22 ${etag}, ${what}: '${fails}' ${fault}: ${answer}, and the old state stands`, async () => {
        const scene = new Scene(etag);
        const old = await scene.service.stored({ body: 'old', expires: 600 });
        scene.fails = fails;
        scene.fault = of;
        expect(await scene.publish(request, old, clock)).to.include({ code: answer });
        expect(scene.service.faults.map((seen) => seen.callback)).to.deep.equal(['sip_event_compositor_store']);
        scene.fails = undefined;
        expect(await scene.service.textOf(old)).to.equal('old');
        expect(await scene.service.publish({ ifMatch: old, body: 'after', expires: 600 })).to.include({ code: 'ok' });
      });
    }
  }

  for (const { fails, etag, request, answers } of lies) {
    for (const lie of answers) {
      it(`A22 '${fails}' of ${JSON.stringify(request)} cannot be answered ${JSON.stringify(lie)}`, async () => {
        const scene = new Scene(etag);
        const old = await scene.service.stored({ body: 'old', expires: 600 });
        scene.fails = fails;
        scene.fault = () => lie;
        expect(await scene.publish(request, old, clock)).to.include({ code: 'internal_error: Callback Invalid Response' });
        scene.fails = undefined;
        expect(await scene.service.textOf(old)).to.equal('old');
      });
    }
  }

  it('A22 an answer that comes after the timeout is ignored and logged', async () => {
    const scene = new Scene();
    const old = await scene.service.stored({ body: 'old', expires: 600 });
    let answerLate = (_: unknown): void => {};
    scene.fails = 'get';
    scene.fault = () => new Promise((resolve) => { answerLate = resolve; });
    expect(await scene.publish({ ifMatch: 'OLD', body: 'new' }, old, clock)).to.include({ code: 'internal_error: Store Timeout' });
    const logged = scene.service.logged.length;
    answerLate({ ...record });
    await clock.tickAsync(0);
    expect(scene.service.logged.slice(logged)).to.have.length(1).and.to.have.property('0').match(/returned too late.*"op":"get"/);
    expect(scene.ops.filter((op) => op.type === 'put')).to.have.length(1);
  });

  it('A22 a rejection that comes after the timeout is ignored and logged', async () => {
    const scene = new Scene();
    let rejectLate = (_: unknown): void => {};
    scene.fails = 'put';
    scene.fault = () => new Promise((_, reject) => { rejectLate = reject; });
    expect(await scene.publish({ body: 'new' }, '', clock)).to.include({ code: 'internal_error: Store Timeout' });
    rejectLate(new Error('late'));
    await clock.tickAsync(0);
    expect(scene.service.logged.at(-1)).to.match(/returned too late/);
    expect(scene.service.faults).to.have.length(1);
  });

  it('A22 sip_event_compositor_store_timeout says how long an operation may take, each by itself', async () => {
    const store = new SimpleStore();
    const slow = async (op: StoreOp): Promise<unknown> => {
      await new Promise((resolve) => { setTimeout(resolve, 1900); });
      return store.callback(op, 'server');
    };
    const service = new CompositorUnderTest({ options: { sip_event_compositor_store_timeout: 2 }, store: slow });
    const first = service.publish({ body: 'x' });
    await clock.tickAsync(1900);
    const { tag } = await first;
    const second = service.publish({ ifMatch: tag ?? '' });
    await clock.tickAsync(3800);
    expect(await second).to.include({ code: 'ok' });
    service.config = { ...service.config, sip_event_compositor_store_timeout: 1 };
    const third = service.publish({ ifMatch: tag ?? '' });
    await clock.tickAsync(1000);
    expect(await third).to.include({ code: 'internal_error: Store Timeout' });
    await clock.runAllAsync();
  });

  it('takes what a store says it still has for nothing once its time is over', async () => {
    const scene = new Scene();
    const old = await scene.service.stored({ expires: 10 });
    clock.tick(10_000);
    expect(await scene.service.textOf(old)).to.equal('not_found');
    expect(await scene.service.publish({ ifMatch: old, expires: 10 })).to.include({ code: 'conditional_request_failed' });
    expect(scene.store.records.size).to.equal(1);
  });

  it('answers 503 to what still waits for the store when the service stops', async () => {
    const scene = new Scene();
    scene.fails = 'put';
    const waiting = scene.service.publish({ body: 'x' });
    await scene.service.compositor.close();
    expect(await waiting).to.include({ code: 'service_unavailable: 5' });
    expect(clock.countTimers()).to.equal(0);
  });

  it('throws from find and clear what the store threw, named', async () => {
    const scene = new Scene();
    scene.fails = 'get';
    scene.fault = () => { throw new Error('disk'); };
    expect(await rejectionOf(scene.service.compositor.find('sip:a@b', 't'))).to.include({ code: 'callback_failed' });
    for (const aor of ['a@b', '', {}, undefined, { scheme: 'sip', user: '', domain: 'ct@h' }, { scheme: 'si p', user: 'a', domain: 'h' }]) {
      expect(await rejectionOf(scene.service.compositor.find(aor as string, 't'))).to.include({ code: 'invalid_aor' });
      if (aor !== undefined) expect(() => scene.service.compositor.list(aor as string)).to.throw().with.property('code', 'invalid_aor');
    }
    scene.fault = () => 'ok';
    expect(await rejectionOf(scene.service.compositor.find('sip:a@b', 't'))).to.include({ code: 'callback_error' });
    scene.fails = 'del_all';
    scene.fault = () => 'not_found';
    expect(await rejectionOf(scene.service.compositor.clear())).to.include({ code: 'callback_error' });
    scene.fault = hangs;
    const cleared = rejectionOf(scene.service.compositor.clear());
    await clock.tickAsync(5000);
    expect(await cleared).to.include({ code: 'timeout' });
  });
});
