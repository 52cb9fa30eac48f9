import { expect } from 'chai';
import { definePackage, type StateDocument } from '@nksip-ts/event-notifier';
import { RamStore, type EventStateStore, type Publication } from '@nksip-ts/event-compositor';
import { NksipError } from '@nksip-ts/core';
import { KeptDocuments } from '../../packages/event-notifier/src/state/kept-documents.ts';
import { Watched } from '../../packages/event-notifier/src/watcher/record.ts';
import { anyPackage } from '@nksip-ts/event-notifier';
import { faultOf } from '../kit/caught.ts';
import { alice, pidf, tuple } from './documents.ts';
import { NotifiersOnFakeClock, type NotifierUnderTest } from './notifier-under-test.ts';

/** A store in RAM whose listing can be held up, or fail. */
class SlowStore implements EventStateStore {
  readonly ram = new RamStore();
  lists = 0;
  fault: Error | undefined;
  /** Each listing waits for it. */
  gate: Promise<unknown> = Promise.resolve();
  get = this.ram.get.bind(this.ram);
  put = this.ram.put.bind(this.ram);
  del = this.ram.del.bind(this.ram);
  count = this.ram.count.bind(this.ram);
  delAll = this.ram.delAll.bind(this.ram);

  async *list(srvId: string, aor?: Publication['aor']): AsyncIterable<Publication> {
    this.lists++;
    await this.gate;
    if (this.fault !== undefined) throw this.fault;
    yield* this.ram.list(srvId, aor);
  }
}

const counting = (made: string[]): ReturnType<typeof definePackage> => definePackage({
  name: 'count', types: ['text/plain', 'text/html'], defaultExpires: 60, minInterval: 0,
  compose: ({ publications }, type) => { made.push(type); return { data: Buffer.from(publications.map(({ record }) => Buffer.from(record.data).toString()).join()), content_type: type }; },
  neutral: (_, type) => ({ data: Buffer.from('nothing'), content_type: type }),
});

describe('the state of what is watched', () => {
  const notifiers = new NotifiersOnFakeClock();
  const { make, pass } = notifiers;
  const slow = (): { readonly store: SlowStore; readonly test: NotifierUnderTest } => {
    const store = new SlowStore();
    return { store, test: make({ store }) };
  };

  it('is composed once for a change and a type, whoever many watch', async () => {
    const made: string[] = [];
    const test = make({ events: ['count'], options: { sip_event_notifier_packages: [counting(made)], sip_event_notifier_max_per_watcher: 1000 } });
    await test.publish('a', { event: 'count', type: 'text/plain' });
    for (let n = 0; n < 50; n++) await test.watch({ event: 'count', ...(n % 2 === 0 && { accept: ['text/html'] }) });
    await pass();
    made.length = 0;
    await test.publish('b', { event: 'count', type: 'text/plain' });
    await pass();
    expect(made.sort()).to.deep.equal(['text/html', 'text/plain']);
    expect(test.sent).to.have.length(100);
    expect(new Set(test.sent.slice(50).map(({ options: { body } }) => body)).size, 'one document for all of a type').to.equal(2);
  });

  it('is read once for changes that come while it is read, and once more after them', async () => {
    const { store, test } = slow();
    await test.watch();
    await pass(100);
    store.lists = 0;
    let letGo: (value?: unknown) => void = () => undefined;
    store.gate = new Promise((resolve) => { letGo = resolve; });
    let tag: string | undefined;
    for (let n = 0; n < 10; n++) tag = await test.publish(pidf(tuple(`t${n}`, 'open')), tag === undefined ? {} : { ifMatch: tag });
    await pass(1000);
    letGo();
    await pass();
    expect(store.lists).to.equal(2);
    expect(test.sent.at(-1)?.body).to.include('id="t9"');
  });

  it('that has changed is notified, however many fetch it meanwhile from a store that takes its time', async () => {
    const { store, test } = slow();
    const handle = await test.watch();
    await pass(10_000);
    store.gate = new Promise((resolve) => { setTimeout(resolve, 100); });
    let isOver = false;
    const fetchers: Promise<unknown>[] = [];
    const fetching = async (): Promise<void> => {
      while (!isOver) {
        fetchers.push(test.ask({ expires: '0' }));
        store.gate = new Promise((resolve) => { setTimeout(resolve, 100); });
        await new Promise((resolve) => { setTimeout(resolve, 50); });
      }
    };
    const done = fetching();
    await pass(1000);
    await test.present('open');
    await pass(1000);
    const seen = test.bodies(handle).map((body) => body.includes('open'));
    isOver = true;
    await pass(1000);
    await Promise.all([done, ...fetchers]);
    expect(seen).to.deep.equal([false, true]);
  });

  for (const [how, pause] of [['fails and has carried it out all the same', 0], ['carries it out when nobody waits for it any more', 20_000]] as const) {
    it(`is what the store has, where it ${how}: put, removed and cleared`, async () => {
      const { store, test } = slow();
      let isLost = false;
      const lossy = <A extends readonly unknown[], R>(work: (...args: A) => R) => async (...args: A): Promise<Awaited<R>> => {
        if (isLost) await new Promise((resolve) => { setTimeout(resolve, pause); });
        const result = await work(...args);
        if (isLost) throw new Error('the connection is lost');
        return result;
      };
      Object.assign(store, { put: lossy(store.ram.put.bind(store.ram)), del: lossy(store.ram.del.bind(store.ram)), delAll: lossy(store.ram.delAll.bind(store.ram)) });
      const handle = await test.watch();
      const tag = await test.publish(pidf(tuple('a', 'open')));
      await pass(10_000);
      isLost = true;
      const failing = async (work: Promise<unknown>): Promise<string | undefined> => {
        const failed = work.then((answer) => (answer as { readonly code?: string }).code, () => 'rejected');
        await pass(30_000);
        expect(await failed).to.match(/^(?:internal_error: .*|rejected)$/);
        return test.bodies(handle).at(-1);
      };
      expect(await failing(test.compositor.publish({ uri: 'sip:alice@example.com', body: pidf(tuple('b', 'open')) }))).to.include('id="a"').and.to.include('id="b"');
      expect(await failing(test.compositor.publish({ uri: 'sip:alice@example.com', ifMatch: tag, expires: 0 }))).to.include('id="b"').and.not.to.include('id="a"');
      expect(await failing(test.compositor.compositor.clear())).to.include('closed');
    });
  }

  it('is had at once from a store that has it at hand, and is not listed', async () => {
    const store = new SlowStore();
    const test = make({ store: Object.assign(store, { listNow: store.ram.listNow.bind(store.ram) }) });
    const handle = await test.watch();
    await pass();
    await test.present('open');
    await pass(10_000);
    expect(test.bodies(handle).map((body) => body.includes('open'))).to.deep.equal([false, true]);
    expect(store.lists).to.equal(0);
    expect(notifiers.clock.countTimers(), 'two sweepers of what expires, and nothing else').to.be.at.most(2);
  });

  it('of very many addresses is composed over several turns of the event loop, so that others have theirs', async () => {
    const { store, test } = slow();
    for (let n = 0; n < 300; n++) {
      await test.watch({ uri: `sip:user${n}@example.com` });
      await pass();
    }
    store.lists = 0;
    const { now } = performance;
    performance.now = () => now.call(performance) + store.lists;
    await test.compositor.compositor.clear();
    for (let n = 0; n < 100; n++) await Promise.resolve();
    const inOne = store.lists;
    await pass(100);
    performance.now = now;
    expect(inOne, 'each takes a millisecond').to.be.within(1, 5);
    expect(store.lists).to.equal(300);
  });

  it('is known, when a publication ends, from what was listed: no store need tell it', async () => {
    const { store, test } = slow();
    const handle = await test.watch();
    const tag = await test.present('open', { expires: 60 });
    await pass(10_000);
    await test.compositor.publish({ uri: 'sip:alice@example.com', ifMatch: tag, expires: 20 });
    await pass(19_000);
    expect(test.bodies(handle).at(-1)).to.include('open');
    await pass(3000);
    expect(test.bodies(handle).at(-1)).to.include('closed');
    const lists = store.lists;
    await pass(600_000);
    expect(store.lists, 'nothing is left that ends').to.be.at.most(lists + 1);
  });

  it('ends when it should, whatever somebody does to the time of day', async () => {
    const test = make();
    const handle = await test.watch();
    await test.present('open', { expires: 100 });
    await pass(10_000);
    notifiers.clock.setSystemTime(Date.now() + 86_400_000);
    await pass(80_000);
    expect(test.bodies(handle).at(-1)).to.include('open');
    await pass(20_000);
    expect(test.bodies(handle).at(-1)).to.include('closed');
    await test.present('open', { expires: 100 });
    await pass(10_000);
    notifiers.clock.setSystemTime(Date.now() - 86_400_000);
    await pass(80_000);
    expect(test.bodies(handle).at(-1)).to.include('open');
    await pass(20_000);
    expect(test.bodies(handle).at(-1)).to.include('closed');
  });

  it('is not there where the store fails: a SUBSCRIBE gets a 503 with Retry-After, and is no watcher', async () => {
    const { store, test } = slow();
    store.fault = new NksipError('store_unavailable', {});
    const { text } = await test.ask();
    expect(text).to.equal('503: State Not Available 5');
    expect((await test.ask({ expires: 0 })).text).to.equal('503: State Not Available 5');
    expect(test.size).to.equal(0);
    expect(test.faults).to.have.length(2);
    store.fault = undefined;
    await test.watch();
  });

  it('is what it was where the store fails later: refreshes are answered with that, and it is read again after a pause', async () => {
    const { store, test } = slow();
    const handle = await test.watch();
    await pass(100);
    store.fault = new Error('gone');
    await test.present('open');
    await pass(1000);
    expect(test.faults).to.have.length(1);
    await test.refresh(handle);
    await pass();
    expect(test.bodies(handle)).to.have.length(2);
    expect(test.bodies(handle)[1]).to.include('closed');
    store.fault = undefined;
    await pass(6000);
    expect(test.bodies(handle).at(-1)).to.include('open');
  });

  it('is not waited for longer than the store may take', async () => {
    const { store, test } = slow();
    store.gate = new Promise(() => undefined);
    const asked = test.ask();
    await pass(120_000);
    expect((await Promise.race([asked, Promise.resolve({ text: 'nothing' })])).text).to.equal('503: State Not Available 5');
  });

  it('that waits for its turn is given up when the notifier closes, and whoever asked is told', async () => {
    const { store, test } = slow();
    store.gate = new Promise(() => undefined);
    const asked = Array.from({ length: 65 }, (_, n) => faultOf(test.notifier.stateOf(`sip:user${n}@example.com`, 'presence')));
    await pass();
    expect(store.lists, 'at a time').to.equal(64);
    test.notifier.close();
    expect((await asked.at(-1))?.code).to.equal('store_unavailable');
  });

  it('says what the service says where nobody publishes, asked once and kept for 300 seconds', async () => {
    let asked = 0;
    const hard = { data: Buffer.from('Messages-Waiting: yes\r\n'), content_type: 'application/simple-message-summary' };
    const test = make({ state: (_, event) => { asked++; return event === 'message-summary' ? hard : 'none'; } });
    const handle = await test.watch({ event: 'message-summary' });
    await test.watch({ event: 'message-summary' });
    await pass(299_000);
    await test.watch({ event: 'message-summary' });
    expect(asked).to.equal(1);
    expect(test.bodies(handle)).to.deep.equal(['Messages-Waiting: yes\r\n']);
    test.notifier.changed('sip:alice@example.com', 'message-summary');
    await pass(2000);
    expect(asked).to.equal(2);
    expect(test.bodies(handle)).to.have.length(1);
  });

  it('is never asked of the service for who is pending or blocked', async () => {
    let asked = 0;
    const test = make({ authorize: ({ from }) => from.includes('carol') ? 'polite_block' : 'confirm', state: () => { asked++; return 'none'; } });
    await test.watch();
    await test.watch({ from: 'sip:carol@example.com' });
    await test.present('open');
    await pass(10_000);
    expect(asked).to.equal(0);
  });

  for (const [what, state] of [
    ['throws', () => { throw new Error('voicemail is down'); }],
    ['takes longer than 5 seconds', () => new Promise<StateDocument>(() => undefined)],
    ['returns what is no document', () => ({ data: 'text' }) as never],
  ] as const) {
    it(`is what is published where the callback ${what}, and that is a fault`, async () => {
      const test = make({ state });
      await test.present('open');
      const asked = test.ask();
      await pass(6000);
      const { handle } = await asked;
      await pass();
      expect(test.bodies(handle)[0]).to.include('open');
      expect(test.faults).to.have.length(1);
    });
  }

  it('is left alone by a package that throws: watchers keep what they have, and a new one gets a 503', async () => {
    const broken = definePackage({ ...counting([]), name: 'broken', compose: () => { throw new Error('cannot'); } });
    const test = make({ events: ['broken'], options: { sip_event_notifier_packages: [broken] } });
    const handle = await test.watch({ event: 'broken' });
    await pass();
    await test.publish('a', { event: 'broken', type: 'text/plain' });
    await pass();
    expect((await test.ask({ event: 'broken' })).text).to.equal('503: State Not Available 5');
    expect(test.bodies(handle)).to.deep.equal(['nothing']);
    expect(test.size).to.equal(1);
  });

  it('is sent of any type for a package that nobody has defined, the newest publication only', async () => {
    const test = make({ options: { sip_event_notifier_min_interval: 0 } });
    const handle = await test.watch({ event: 'weather', accept: ['text/html'] });
    await pass();
    await test.publish('sunny', { event: 'weather', type: 'text/plain;charset=utf-8' });
    await pass(10);
    await test.publish('{"rain":1}', { event: 'weather', type: 'application/json' });
    await pass(10);
    expect(test.sent.filter((one) => one.handle === handle).map(({ body, options: { content_type } }) => [content_type, body])).to.deep.equal([[undefined, ''], ['text/plain', 'sunny'], ['application/json', '{"rain":1}']]);
  });

  it('goes through finish once for each NOTIFY, with a version that only rises, what Accept said and the filter', async () => {
    const views: unknown[] = [];
    const pack = definePackage({ ...counting([]), filters: ['text/x-filter'], finish: (document, { version, type, accept, filter }) => { views.push([version, type, accept, filter?.content_type]); return document; } });
    const test = make({ events: ['count'], options: { sip_event_notifier_packages: [pack] } });
    const handle = await test.watch({ event: 'count', accept: ['text/html;q=0.5'], body: 'f', type: 'text/x-filter' });
    await pass();
    test.answers = () => 500;
    await test.refresh(handle, { event: 'count' });
    await pass();
    test.answers = () => 200;
    await pass(6000);
    expect(views).to.deep.equal([[0, 'text/html', ['text/html;q=0.5'], 'text/x-filter'], [1, 'text/plain', [], 'text/x-filter'], [2, 'text/plain', [], 'text/x-filter']]);
  });

  it('is not sent unfinished where finish throws', async () => {
    const pack = definePackage({ ...counting([]), finish: () => { throw new Error('private'); } });
    const test = make({ events: ['count'], options: { sip_event_notifier_packages: [pack] } });
    await test.watch({ event: 'count' });
    await pass(1000);
    expect(test.sent).to.have.length(0);
    expect(test.faults).to.have.length(1);
  });

  it('is told with stateOf as a watcher would get it', async () => {
    const test = make();
    await test.present('open');
    const { data, content_type } = await test.notifier.stateOf('sip:alice@example.com', 'presence');
    expect([Buffer.from(data).toString(), content_type]).to.deep.equal([pidf(tuple('t', 'open')), 'application/pidf+xml']);
    await test.watch();
    expect(Buffer.from((await test.notifier.stateOf(alice, 'presence')).data).toString()).to.include('open');
    const faults = await Promise.all([test.notifier.stateOf('alice', 'presence'), test.notifier.stateOf(alice, 'conference')].map((asked) => asked.catch((error: unknown) => (error as NksipError).code)));
    expect(faults).to.deep.equal(['invalid_aor', 'invalid_argument']);
  });

  it('is refused at PUBLISH where its package cannot read it, unless that is turned off', async () => {
    const test = make();
    const bad = { uri: 'sip:alice@example.com', body: '<presence><tuple></presence>', type: 'application/pidf+xml' };
    expect((await test.compositor.publish(bad)).code).to.match(/^invalid_request: Malformed Body: it is not well-formed XML/);
    expect((await test.compositor.publish({ ...bad, body: `<!DOCTYPE x [<!ENTITY a "b">]>${pidf('')}` })).code).to.equal('invalid_request: Malformed Body: it has a document type declaration (DTD)');
    expect((await make({ options: { sip_event_notifier_validate: false } }).compositor.publish(bad)).code).to.equal('ok');
  });

  it('that was stored malformed before is nobody\'s loss', async () => {
    const test = make({ options: { sip_event_notifier_validate: false } });
    await test.publish('<presence', {});
    const handle = await test.watch();
    await pass();
    expect(test.bodies(handle)[0]).to.include('closed');
    await test.present('open');
    await pass();
    expect(test.bodies(handle)[1]).to.equal(pidf(tuple('t', 'open')));
  });
});

describe('documents that are kept', () => {
  const watched = (user: string, bytes: number): Watched => {
    const made = new Watched({ scheme: 'sip', user, domain: 'example.com' }, anyPackage('weather'));
    made.documents = [{ type: '*/*', mark: user, document: { data: new Uint8Array(bytes), content_type: '' } }];
    return made;
  };
  const has = (one: Watched): boolean => one.documents[0]?.document !== undefined;

  it('have so much room, and the oldest goes, but not its mark', () => {
    const kept = new KeptDocuments(100);
    const [a, b, c] = [watched('a', 40), watched('b', 40), watched('c', 40)];
    for (const one of [a, b]) kept.put(one);
    kept.put(a);
    kept.put(c);
    expect([a, b, c].map(has)).to.deep.equal([true, false, true]);
    expect(b.known('*/*')?.mark).to.equal('b');
    expect(kept.bytes).to.equal(80);
    kept.forget(a);
    kept.forget(c);
    expect(kept.bytes).to.equal(0);
  });

  it('have memory of their own: part of a larger piece would hold all of that', () => {
    const kept = new KeptDocuments(100);
    const made = watched('a', 0);
    made.documents = [{ type: '*/*', mark: 'a', document: { data: Buffer.from('sunny'), content_type: 'text/plain' } }];
    kept.put(made);
    const document = made.documents[0]?.document;
    expect([document?.data.buffer.byteLength, Buffer.from(document?.data ?? []).toString(), document?.content_type, kept.bytes]).to.deep.equal([5, 'sunny', 'text/plain', 5]);
  });

  it('may be larger than the room, alone', () => {
    const kept = new KeptDocuments(10);
    const large = watched('a', 40);
    kept.put(large);
    expect(has(large)).to.equal(true);
  });
});

