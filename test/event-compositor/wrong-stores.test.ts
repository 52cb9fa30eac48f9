import { NksipError, start, type Service } from '@nksip-ts/core';
import { clear, find, RamStore, storeCallback, type EventStateStore, type RegPublish } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import sinon from 'sinon';
import { faultOf } from '../kit/caught.ts';
import { CompositorUnderTest } from './compositor-under-test.ts';

type Wrong = Partial<Record<keyof EventStateStore, unknown>>;

const aor = { scheme: 'sip', user: 'user1', domain: 'example.com' };
const record: RegPublish = { data: Buffer.from('x'), event: 'presence', expires: 9_999_999_999 };
const lastSecond = 253_402_300_799;

/** RAM as a foreign store, with other methods of a JavaScript program's. */
function storeWith(wrong: Wrong): EventStateStore {
  const ram = new RamStore();
  const right = { get: ram.get.bind(ram), put: ram.put.bind(ram), del: ram.del.bind(ram), delAll: ram.delAll.bind(ram) };
  return { ...right, ...wrong } as EventStateStore;
}

async function messageOf(answer: unknown): Promise<string> {
  return (await faultOf(new CompositorUnderTest({ store: () => answer }).compositor.find(aor, 't'))).message;
}

describe('a store that answers wrong', () => {
  /** A publication is changed, or removed, on a store that deletes as it should and does not say so. */
  const changed = async (etag: 'keep' | 'renew', answer: unknown, expires: number) => {
    const ram = new RamStore();
    const del = (...args: Parameters<RamStore['del']>): unknown => { ram.del(...args); return answer; };
    const service = new CompositorUnderTest({
      options: { sip_event_compositor_etag: etag }, store: storeWith({ get: ram.get.bind(ram), put: ram.put.bind(ram), del }),
    });
    const ifMatch = await service.stored({ body: 'old' });
    const { code } = await service.publish({ ifMatch, expires });
    const left = ram.count('server');
    await ram.close();
    return { code, service, left };
  };

  for (const answer of [undefined, Promise.resolve(undefined), null, 1, 'ok', 'not_found', 'continue']) {
    it(`A22 renew: a 'del' of a store that answers ${String(answer)} is 500, and the publication is there`, async () => {
      expect(await changed('renew', answer, 60)).to.include({ code: 'internal_error: Callback Invalid Response', left: 1 });
    });

    it(`A22 keep: a removal whose 'del' answers ${String(answer)} is 500`, async () => {
      expect(await changed('keep', answer, 0)).to.include({ code: 'internal_error: Callback Invalid Response' });
    });

    it(`A22 a 'replace' that answers ${String(answer)} is 500, and nothing is lost`, async () => {
      const service = new CompositorUnderTest({ options: { sip_event_compositor_etag: 'renew' }, store: storeWith({ replace: () => answer }) });
      const ifMatch = await service.stored({ body: 'old' });
      expect(await service.publish({ ifMatch, body: 'new' })).to.include({ code: 'internal_error: Callback Invalid Response' });
      expect(await service.textOf(ifMatch)).to.equal('old');
    });
  }

  it("tells a 'del' that answers no boolean what it should, and whose it is", async () => {
    const { service } = await changed('keep', undefined, 0);
    expect(service.faults.map(({ error, plugin }) => [error.message, plugin])).to.deep.equal([[
      "The callback 'sip_event_compositor_store' of 'server' returned an invalid value, undefined: 'del' of the store must return true if it was there, else false: is a 'return' missing?", 'server',
    ]]);
  });

  for (const answer of [null, 'not_found', 'continue', ['continue', []], 7]) {
    it(`A22 a 'get' of a store that answers ${JSON.stringify(answer)} is wrong: only undefined is not found`, async () => {
      const service = new CompositorUnderTest({ store: storeWith({ get: () => answer }) });
      expect(await faultOf(service.compositor.find(aor, 't'))).to.include({ code: 'callback_error' });
    });
  }

  const prefix = (shown: string): string => `The callback 'sip_event_compositor_store' of 'server' returned an invalid value, ${shown}: `;
  const messages: readonly (readonly [unknown, string])[] = [
    ['ok', `${prefix("'ok'")}'get' must return a record or 'not_found'.`],
    [null, `${prefix('null')}'get' must return a record or 'not_found'.`],
    [{ ...record, content_type: null }, "in the record of 'get' content_type must be a text or absent, not null."],
    [{ ...record, content_encoding: 1 }, "in the record of 'get' content_encoding must be a text or absent, not 1."],
    [{ ...record, data: JSON.parse(JSON.stringify(record.data)) }, `in the record of 'get' data must be a Uint8Array, not {"type":"Buffer","data":[120]}.`],
    [{ ...record, data: undefined }, "in the record of 'get' data must be a Uint8Array, not undefined."],
    [{ ...record, event: 1 }, "in the record of 'get' event must be a text, not 1."],
    [{ ...record, expires: new Date(0) }, "in the record of 'get' expires must be a number of seconds since 1970, not a Date."],
    [{ ...record, expires: '9' }, "in the record of 'get' expires must be a number of seconds since 1970, not '9'."],
    [{ ...record, expires: 1_700_000_000_000 }, "in the record of 'get' expires must be a number of seconds since 1970, not 1700000000000: are these milliseconds?"],
    ...[NaN, Infinity, -Infinity].map((expires) => [{ ...record, expires }, `expires must be a number of seconds since 1970, not ${expires}.`] as const),
  ];
  for (const [answer, message] of messages) {
    it(`says what is wrong: ${message.slice(-90)}`, async () => {
      expect(await messageOf(answer)).to.include(message);
    });
  }

  it('takes a record up to the end of the year 9999', async () => {
    const service = new CompositorUnderTest({ store: () => ({ ...record, expires: lastSecond }) });
    expect(await service.compositor.find(aor, 't')).to.include({ expires: lastSecond });
    expect(await messageOf({ ...record, expires: lastSecond + 1 })).to.include('are these milliseconds?');
  });

  it('says what each operation must return', async () => {
    const told = async (request: (service: CompositorUnderTest) => Promise<unknown>, answers: Wrong, etag: 'keep' | 'renew' = 'keep'): Promise<string> => {
      const service = new CompositorUnderTest({
        options: { sip_event_compositor_etag: etag },
        store: (op) => op.type in answers ? answers[op.type as keyof Wrong] : { ...record },
      });
      return await request(service).then(() => service.faults[0]?.error.message ?? '', (error: Error) => error.message);
    };
    expect(await told((service) => service.publish({ body: 'x' }), { put: 'OK' })).to.match(/'OK': 'put' must return 'ok'\.$/);
    expect(await told((service) => service.publish({ ifMatch: 't' }), { put: 'OK' }, 'renew')).to.match(/'put' with previous_tag must return 'ok', 'replaced' or 'not_found'\.$/);
    expect(await told((service) => service.publish({ ifMatch: 't', expires: 0 }), { del: true })).to.match(/true: 'del' must return 'ok' or 'not_found'\.$/);
    expect(await told((service) => service.compositor.clear(), {})).to.match(/'del_all' must return 'ok'\.$/);
    const counting = new CompositorUnderTest({ store: storeWith({ count: () => '7' }) });
    await counting.publish({ body: 'x' });
    expect(counting.faults[0]?.error.message).to.match(/invalid value, '7': 'count' must return a number, from 0 up, or 'unknown'\.$/);
  });

  const threw: readonly (readonly ['count' | 'list', unknown])[] = [
    ['count', () => { throw new Error('disk'); }], ['count', () => Promise.reject(new Error('disk'))],
    ['list', () => { throw new Error('disk'); }], ['list', async function* () { throw new Error('disk'); }],
  ];
  for (const [method, how] of threw) {
    it(`names '${method}', the service and the reason when it fails`, async () => {
      const service = new CompositorUnderTest({ store: storeWith({ [method]: how }) });
      expect(await service.publish({ body: 'x' })).to.include({ code: 'internal_error: Service Error' });
      expect(service.faults[0]?.error.message).to.equal(`The callback 'sip_event_compositor_store' failed: '${method}' of the store of 'server': disk.`);
    });
  }

  it("a 'count' that is unavailable is 503", async () => {
    const service = new CompositorUnderTest({ store: storeWith({ count: () => { throw new NksipError('store_unavailable', { retry_after: 7 }); } }) });
    expect(await service.publish({ body: 'x' })).to.include({ code: 'service_unavailable: 7' });
  });

  const yields: readonly (readonly [unknown, RegExp])[] = [
    [record, /'list' must yield publications, \{ aor, tag, record \}/], [undefined, /'list' must yield publications/], [{ aor, tag: 1, record }, /'list' must yield/],
    [{ aor: 'sip:a@b', tag: 't', record }, /'list' must yield/], [{ aor, tag: 't', record: { ...record, expires: Infinity } }, /in the record of 'list' expires must be a number/],
  ];
  for (const [one, message] of yields) {
    it(`a 'list' that yields ${JSON.stringify(one)?.slice(0, 60)} is wrong`, async () => {
      const service = new CompositorUnderTest({ store: storeWith({ async *list() { yield one; } }) });
      const listed = await faultOf(async () => { for await (const _ of service.compositor.list()); });
      expect(listed).to.include({ code: 'callback_error' });
      expect(listed.message).to.match(message);
      expect(await service.publish({ body: 'x' })).to.include({ code: 'internal_error: Callback Invalid Response' });
    });
  }

  it("a 'listNow' that returns something else is wrong, and one that fails is named", async () => {
    const told = async (listNow: unknown): Promise<string> => (await faultOf(async () => { new CompositorUnderTest({ store: storeWith({ listNow }) }).compositor.listNow(aor); })).message;
    for (const result of [null, 'none', {}]) expect(await told(() => result)).to.match(/'listNow' must return an array/);
    expect(await told(() => Promise.reject(new Error('disk')))).to.match(/promise/);
    expect(await told(() => [record])).to.match(/'list' must yield publications/);
    expect(await told(() => { throw new Error('disk'); })).to.match(/'listNow' of the store of 'server': disk/);
  });
});

describe('storeCallback', () => {
  const { get, put, del, delAll } = storeWith({});
  const wrong: readonly (readonly [string, unknown, string])[] = [
    ['nothing', undefined, 'it must be an object with the functions get, put, del, delAll'],
    ['null', null, 'it must be an object with the functions get, put, del, delAll'],
    ['a Map', new Map(), 'its put, del, delAll must be functions'],
    ['a store without delAll', { get, put, del }, 'its delAll must be a function'],
    ['a store whose list is none', { get, put, del, delAll, list: [] }, 'its list must be a function'],
    ['a store whose close is none', { get, put, del, delAll, close: null }, 'its close must be a function'],
  ];
  for (const [what, store, reason] of wrong) {
    it(`refuses ${what} at once`, async () => {
      const refused = await faultOf(() => storeCallback(store as EventStateStore));
      expect(refused).to.include({ code: 'invalid_argument' });
      expect(refused.details).to.include({ argument: 'store', reason });
    });
  }
});

describe('wrong arguments of the API', () => {
  let service: Service;
  before(async () => { service = await start('esc', { plugins: ['event-compositor'], sip_events: 'presence' }); });
  after(() => service.stop());

  for (const given of [undefined, null, 7, {}]) {
    it(`${JSON.stringify(given)} is no service`, async () => {
      expect(await faultOf(find(given as string, aor, 't'))).to.include({ code: 'service_not_found' });
      expect(await faultOf(clear(given as string))).to.include({ code: 'service_not_found' });
    });
    it(`${JSON.stringify(given)} is no tag, and no address`, async () => {
      expect(await faultOf(find('esc', aor, given as string))).to.include({ code: 'invalid_argument' });
      expect(await faultOf(find('esc', given as string, 't'))).to.include({ code: 'invalid_aor' });
    });
  }
});

describe('a service that stops while its store hangs', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers(1_700_000_000_000); });
  afterEach(() => clock.restore());

  it('ends what waits quietly, in its whole line, and asks the store no more', async () => {
    let asked = 0;
    const service = new CompositorUnderTest({ store: () => { asked++; return new Promise(() => {}); } });
    const waiting = [service.publish({ body: '1' }), service.publish({ body: '2' }), service.publish({ ifMatch: 't' }), service.publish({ uri: 'sip:b@b', body: '3' })];
    await service.compositor.close();
    for (const one of waiting) expect(await one).to.include({ code: 'service_unavailable: 5' });
    expect(await service.publish({ body: '4' })).to.include({ code: 'service_unavailable: 5' });
    expect([asked, service.faults, service.logged, clock.countTimers()]).to.deep.equal([2, [], [], 0]);
  });

  it('ends a find that waits with store_unavailable', async () => {
    const service = new CompositorUnderTest({ store: () => new Promise(() => {}) });
    const found = faultOf(service.compositor.find(aor, 't'));
    await service.compositor.close();
    expect(await found).to.include({ code: 'store_unavailable' });
  });
});
