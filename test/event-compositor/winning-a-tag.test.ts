import { RamStore, storeCallback, type StoreOp, type StoreReply } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import type { PublishParts } from '../kit/sip-request.ts';
import { CompositorUnderTest, SimpleStore, type StoreFunction } from './compositor-under-test.ts';

const secret = 'one secret for all processes';

/** An operation with its tags by their role. */
type Step = 'get OLD' | 'get NEW' | 'put OLD' | 'put NEW' | 'put NEW for OLD' | 'del OLD' | 'del NEW';

interface Row {
  readonly etag: 'keep' | 'renew';
  readonly what: string;
  readonly request: PublishParts;
  /** What the store is asked, in order, and what it answers instead of the truth. */
  readonly steps: readonly (Step | readonly [Step, StoreReply])[];
  readonly answer: 'ok' | 'conditional_request_failed';
  /** What is stored afterwards. */
  readonly left: readonly ('OLD' | 'NEW')[];
}

const modify = { ifMatch: 'OLD', body: 'new' };
const refresh = { ifMatch: 'OLD' };
const remove = { ifMatch: 'OLD', expires: 0 };

const simpleStore: readonly Row[] = [
  { etag: 'keep', what: 'initial', request: { body: 'x' }, steps: ['put NEW'], answer: 'ok', left: ['OLD', 'NEW'] },
  { etag: 'keep', what: 'initial for 0 seconds', request: { body: 'x', expires: 0 }, steps: [], answer: 'ok', left: ['OLD'] },
  { etag: 'keep', what: 'modify', request: modify, steps: ['get OLD', 'put OLD'], answer: 'ok', left: ['OLD'] },
  { etag: 'keep', what: 'refresh', request: refresh, steps: ['get OLD', 'put OLD'], answer: 'ok', left: ['OLD'] },
  { etag: 'keep', what: 'remove', request: remove, steps: ['get OLD', 'del OLD'], answer: 'ok', left: [] },
  { etag: 'keep', what: 'remove, another was faster', request: remove, steps: ['get OLD', ['del OLD', 'not_found']], answer: 'conditional_request_failed', left: ['OLD'] },
  { etag: 'keep', what: 'modify of what is gone', request: modify, steps: [['get OLD', 'not_found']], answer: 'conditional_request_failed', left: ['OLD'] },
  { etag: 'renew', what: 'initial', request: { body: 'x' }, steps: ['put NEW'], answer: 'ok', left: ['OLD', 'NEW'] },
  { etag: 'renew', what: 'modify', request: modify, steps: ['get OLD', 'put NEW for OLD', 'del OLD'], answer: 'ok', left: ['NEW'] },
  { etag: 'renew', what: 'refresh', request: refresh, steps: ['get OLD', 'put NEW for OLD', 'del OLD'], answer: 'ok', left: ['NEW'] },
  { etag: 'renew', what: 'remove', request: remove, steps: ['get OLD', 'del OLD'], answer: 'ok', left: [] },
  { etag: 'renew', what: 'modify, another was faster', request: modify, steps: ['get OLD', 'put NEW for OLD', ['del OLD', 'not_found'], 'del NEW', 'get NEW'], answer: 'conditional_request_failed', left: ['OLD'] },
  { etag: 'renew', what: 'modify of what is gone', request: modify, steps: [['get OLD', 'not_found'], 'get NEW'], answer: 'conditional_request_failed', left: ['OLD'] },
  { etag: 'renew', what: 'remove of what is gone', request: remove, steps: [['get OLD', 'not_found']], answer: 'conditional_request_failed', left: ['OLD'] },
];

const atomicStore: readonly Row[] = [
  { etag: 'keep', what: 'modify', request: modify, steps: ['get OLD', 'put OLD'], answer: 'ok', left: ['OLD'] },
  { etag: 'renew', what: 'modify', request: modify, steps: ['get OLD', 'put NEW for OLD'], answer: 'ok', left: ['NEW'] },
  { etag: 'renew', what: 'refresh', request: refresh, steps: ['get OLD', 'put NEW for OLD'], answer: 'ok', left: ['NEW'] },
  { etag: 'renew', what: 'modify, another was faster', request: modify, steps: ['get OLD', ['put NEW for OLD', 'not_found'], 'get NEW'], answer: 'conditional_request_failed', left: ['OLD'] },
];

describe('winning a tag', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  for (const row of simpleStore) it(`simple store, ${row.etag}, ${row.what}: ${told(row)}`, () => holds(row, new SimpleStore().callback));
  for (const row of atomicStore) it(`atomic store, ${row.etag}, ${row.what}: ${told(row)}`, () => holds(row, storeCallback(withoutRiders())));

  for (const [kind, store] of [['simple', () => new SimpleStore().callback], ['atomic', () => storeCallback(withoutRiders())]] as const) {
    it(`RFC 3903 6(6) ${kind} store: of several processes that hold one tag exactly one wins it`, async () => {
      const shared = store();
      const processes = Array.from({ length: 4 }, () => onShared(eventually(shared)));
      const old = await processes[0]!.stored({ body: 'old' });
      const answers = await Promise.all(processes.map((one, i) => one.publish({ ifMatch: old, body: `new ${i}` })));
      const won = answers.filter(({ code }) => code === 'ok');
      expect(won).to.have.length(1);
      expect(answers.filter(({ code }) => code === 'conditional_request_failed')).to.have.length(3);
      expect(await processes[0]!.textOf(old)).to.equal('not_found');
      expect(await processes[1]!.textOf(won[0]!.tag)).to.match(/^new /);
    });

    it(`${kind} store: a repeat that reaches another process gets the 200 of the first, with the time that remains`, async () => {
      const shared = store();
      const [first, second] = [onShared(shared), onShared(shared)];
      const initial = { body: 'one', expires: 100, transaction: 1 };
      const one = await first.publish(initial);
      expect(await second.publish(initial)).to.include({ code: 'ok', tag: one.tag, expires: 100 });
      for (const [transaction, change] of [{ body: 'two', expires: 50 }, { expires: 50 }].entries()) {
        const request = { ...change, ifMatch: one.tag ?? '', transaction: transaction + 2 };
        if (transaction === 1) request.ifMatch = (await first.publish({ body: 'again', expires: 50 })).tag ?? '';
        const done = await first.publish(request);
        clock.tick(1500);
        expect(await second.publish(request)).to.include({ code: 'ok', tag: done.tag, expires: 48 });
        clock.tick(48_400);
        expect(await second.publish(request)).to.include({ code: 'ok', tag: done.tag, expires: 1 });
        clock.tick(100);
        expect(await second.publish(request)).to.include({ code: 'conditional_request_failed' });
      }
    });

    it(`${kind} store: a removal that is repeated to another process is 412`, async () => {
      const shared = store();
      const [first, second] = [onShared(shared), onShared(shared)];
      const request = { ifMatch: await first.stored(), expires: 0, transaction: 1 };
      expect(await first.publish(request)).to.include({ code: 'ok' });
      expect(await second.publish(request)).to.include({ code: 'conditional_request_failed' });
    });
  }

  it('atomic store: a repeat under way in two processes at once gets one 200, twice', async () => {
    const shared = storeCallback(withoutRiders());
    const [first, second] = [onShared(eventually(shared)), onShared(eventually(shared))];
    const request = { ifMatch: await first.stored(), body: 'new', transaction: 1 };
    const [one, two] = await Promise.all([first.publish(request), second.publish(request)]);
    expect([one.code, two.code]).to.deep.equal(['ok', 'ok']);
    expect(one.tag).to.equal(two.tag);
    expect(await first.textOf(one.tag)).to.equal('new');
  });

  it('a repeat is recognised by its transaction only: the same request in another one is 412', async () => {
    const service = onShared(new SimpleStore().callback);
    const request = { ifMatch: await service.stored(), body: 'new' };
    expect(await service.publish(request)).to.include({ code: 'ok' });
    expect(await service.publish(request)).to.include({ code: 'conditional_request_failed' });
  });

  it('processes with secrets of their own do not know the repeats of each other', async () => {
    const shared = new SimpleStore().callback;
    const [first, second] = [onShared(shared), new CompositorUnderTest({ options: { sip_event_compositor_etag: 'renew' }, store: shared })];
    const request = { ifMatch: await first.stored(), body: 'new', transaction: 1 };
    expect(await first.publish(request)).to.include({ code: 'ok' });
    expect(await second.publish(request)).to.include({ code: 'conditional_request_failed' });
  });

  it('a tag is good for its address only, also as the tag of a repeat', async () => {
    const service = onShared(new SimpleStore().callback);
    const { tag } = await service.publish({ body: 'x', transaction: 1 });
    const other = await service.publish({ uri: 'sip:user2@example.com', body: 'x', transaction: 1 });
    expect(other.tag).not.to.equal(tag);
  });
});

function told({ steps, answer }: Row): string {
  return [...steps.map((step) => typeof step === 'string' ? step : `${step[0]} -> ${String(step[1])}`), answer === 'ok' ? '200' : '412'].join(', ');
}

/** RAM as a foreign store: nothing rides beside it, so that nothing but operations is asked. */
function withoutRiders() {
  const ram = new RamStore();
  return {
    get: ram.get.bind(ram), put: ram.put.bind(ram), del: ram.del.bind(ram), delAll: ram.delAll.bind(ram), replace: ram.replace.bind(ram),
  };
}

function onShared(store: StoreFunction): CompositorUnderTest {
  return new CompositorUnderTest({ options: { sip_event_compositor_etag: 'renew', sip_event_compositor_secret: secret }, store });
}

function eventually(store: StoreFunction): StoreFunction {
  return async (op, srvId) => {
    await Promise.resolve();
    return store(op, srvId);
  };
}

async function holds(row: Row, store: StoreFunction): Promise<void> {
  let old = '';
  let asked: string[] | undefined;
  const roleOf = (tag: string): string => tag === old ? 'OLD' : 'NEW';
  const service = new CompositorUnderTest({
    options: { sip_event_compositor_etag: row.etag },
    store: (op, srvId) => {
      if (asked === undefined) return store(op, srvId);
      asked.push(stepOf(op, roleOf));
      const expected = row.steps[asked.length - 1];
      return Array.isArray(expected) ? (expected as [Step, StoreReply])[1] : store(op, srvId);
    },
  });
  old = await service.stored({ body: 'old' });
  asked = [];
  const { request } = row;
  const { code, tag } = await service.publish(request.ifMatch === undefined ? request : { ...request, ifMatch: old });
  expect(asked).to.deep.equal(row.steps.map((step) => typeof step === 'string' ? step : step[0]));
  expect(code).to.equal(row.answer);
  asked = undefined;
  const left = [old, ...(tag === undefined || tag === old ? [] : [tag])];
  const there = await Promise.all(left.map(async (one) => await service.textOf(one) === 'not_found' ? [] : [roleOf(one)]));
  expect(there.flat()).to.deep.equal(row.left);
}

function stepOf(op: StoreOp, roleOf: (tag: string) => string): string {
  if (op.type === 'del_all') return op.type;
  const replaces = op.type === 'put' && op.previous_tag !== undefined ? ` for ${roleOf(op.previous_tag)}` : '';
  return `${op.type} ${roleOf(op.tag)}${replaces}`;
}
