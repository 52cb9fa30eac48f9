import type { EventCompositor, Publication } from '@nksip-ts/event-compositor';
import { use } from '@nksip-ts/core';
import { storeCallback } from '@nksip-ts/event-compositor';
import type { EventNotifier, Watcher, WatcherFilter } from '@nksip-ts/event-notifier';
import { registrarStoreCallback, type Registered } from '@nksip-ts/registrar';
import { expect } from 'chai';
import sinon from 'sinon';
import { listAddresses } from '../../packages/admin/src/desk/addresses.ts';
import type { Host } from '../../packages/admin/src/desk/host.ts';
import { listWatchers } from '../../packages/admin/src/desk/listed.ts';
import { Listings } from '../../packages/admin/src/desk/listings.ts';
import { viewOfAddress } from '../../packages/admin/src/desk/one-address.ts';
import { MOST_LOOKED } from '../../packages/admin/src/desk/pace.ts';
import { PlainStore } from '../event-compositor/plain-store.ts';
import { Watcher as Phone } from '../subscription/subscriber.ts';
import { closeAll, later, overUdp } from '../wire/running.ts';
import { desk } from './desk.ts';

const MILLION = 1_000_000;
/** Items that are looked at before other work gets its turn. */
const STRETCH = 50;

interface Page {
  readonly items: readonly unknown[];
  readonly next: string | null;
}

/** Counts what is looked at, in all and between two turns of the event loop. */
class Looking {
  all = 0;
  most = 0;
  #since = 0;
  #isOn = true;

  constructor() {
    const turn = (): void => {
      this.#since = 0;
      if (this.#isOn) setImmediate(turn);
    };
    setImmediate(turn);
    later(() => { this.#isOn = false; });
  }

  at<T>(item: T): T {
    this.all++;
    this.most = Math.max(this.most, ++this.#since);
    return item;
  }
}

function aorAt(i: number): Publication['aor'] {
  return { scheme: 'sip', user: `u${i}`, domain: 'example.com' };
}

function publicationAt(i: number): Publication {
  return { aor: aorAt(i), tag: 't', record: { data: new Uint8Array(), event: 'nkpublish', expires: Date.now() / 1000 + 600 } };
}

function watcherAt(i: number): Watcher {
  return { id: `w${i}`, aor: aorAt(i), event: 'presence', decision: 'allow', from: 'sip:a@b', contact: 'sip:a@b', transport: 'udp', source: '127.0.0.1:1', since: 0, expires: Date.now() / 1000 + 600, notified: 0 } as Watcher;
}

/** A notifier with a million watchers, which looks at each for a filter by package, as the real one does. */
function crowded(looking: Looking): Host {
  const notifier: Partial<EventNotifier> = {
    *watchers({ event }: WatcherFilter = {}) {
      for (let i = 0; i < MILLION; i++) {
        const watcher = looking.at(watcherAt(i));
        if (event === undefined || event === watcher.event) yield watcher;
      }
    },
    count: () => MILLION,
  };
  return { config: { sip_events: ['presence', 'dialog'] }, compositor: () => undefined, registrar: () => undefined, notifier: () => notifier } as unknown as Host;
}

/** A compositor with a million publications of one address each. */
function full(looking: Looking): EventCompositor {
  return { async *list() { for (let i = 0; i < MILLION; i++) yield looking.at(publicationAt(i)); } } as Partial<EventCompositor> as EventCompositor;
}

describe('a listing of a million', () => {
  afterEach(closeAll);

  function listings(): Listings {
    const own = new Listings();
    later(() => { own.close(); });
    return own;
  }

  function expectTurns({ all, most }: Looking, { items, next }: Page): void {
    expect(items).to.deep.equal([]);
    expect(next).to.be.a('string');
    // Addresses are known by the one behind them.
    expect(all).to.be.within(STRETCH + 1, MOST_LOOKED + 1);
    expect(most).to.be.at.most(STRETCH);
  }

  it('CWE-400 of publications, searched for what is not there: a page looks at so many, and lets others in after each 50', async () => {
    const looking = new Looking();
    const store = Object.assign(new PlainStore(), { async *list() { for (let i = 0; i < MILLION; i++) yield looking.at(publicationAt(i)); } });
    const one = await desk({}, { sip_event_compositor_store: storeCallback(store) });
    expectTurns(looking, await one.get<Page>('/api/publications?prefix=nobody'));
  });

  it('CWE-400 of publications, searched for what is not there: whoever asks page by page is never told to try again later', async () => {
    const looking = new Looking();
    const store = Object.assign(new PlainStore(), { async *list() { for (let i = 0; i < 2 * MOST_LOOKED; i++) yield looking.at(publicationAt(i)); } });
    const one = await desk({}, { sip_event_compositor_store: storeCallback(store) });
    let after = '';
    let pages = 0;
    for (let next: string | null = ''; next !== null; pages++) {
      const { status, json } = await one.ask(`/api/publications?prefix=nobody${after}`);
      expect(status).to.equal(200);
      ({ next } = json<Page>());
      after = `&after=${next}`;
    }
    expect([pages, looking.all]).to.deep.equal([3, 2 * MOST_LOOKED]);
  }).timeout(20_000);

  it('CWE-400 of registrations, searched for what is not there, does the same', async () => {
    const looking = new Looking();
    const store = { get: () => undefined, put: () => undefined, del: () => false, delAll: () => undefined, async *list(): AsyncIterable<Registered> {
      for (let i = 0; i < MILLION; i++) yield looking.at({ aor: aorAt(i), contacts: [{ contact: `sip:u${i}@192.0.2.1`, expires: Date.now() / 1000 + 600, call_id: 'c', cseq: 1, params: {} }] });
    } };
    const one = await desk({ plugins: ['event-compositor', 'registrar', 'admin'] }, { sip_registrar_store: registrarStoreCallback(store) });
    expectTurns(looking, await one.get<Page>('/api/registrations?prefix=nobody'));
  });

  it('CWE-400 of watchers of a package that nobody watches does the same', async () => {
    const looking = new Looking();
    expectTurns(looking, await listWatchers(listings(), crowded(looking), { event: 'dialog', limit: 50 }));
  });

  it('CWE-400 of addresses, published and watched, searched for what is not there, does the same', async () => {
    for (const hostOf of [crowded, (looking: Looking) => ({ ...crowded(looking), notifier: () => undefined, compositor: () => full(looking) }) as Host]) {
      const looking = new Looking();
      expectTurns(looking, await listAddresses(listings(), hostOf(looking), { prefix: 'nobody', limit: 50 }));
    }
  });

  it('CWE-400 an address that a million watch is opened with a thousand of them', async () => {
    const looking = new Looking();
    const { watchers } = await viewOfAddress(crowded(looking), aorAt(1));
    expect([watchers.length, looking.all <= 1001]).to.deep.equal([1000, true]);
  });

  it('RFC 6665 the watchers of one address are found without a look at those of others', async () => {
    const one = await desk({ plugins: ['event-compositor', 'event-notifier', 'admin'], sip_event_notifier_default_decision: 'allow' });
    const phone = new Phone(await overUdp(one.service));
    expect((await phone.subscribe({ event: 'nkpublish', expires: 600 })).code).to.equal(200);
    const notifier = use(one.service, 'event-notifier');
    const all = sinon.spy(Map.prototype, 'values');
    try {
      expect([...notifier.watchers({ aor: 'sip:alice@example.com' })].map(({ event }) => event)).to.deep.equal(['nkpublish']);
      expect([notifier.count({ aor: 'sip:alice@example.com' }), notifier.count({ aor: 'sip:bob@example.com' })]).to.deep.equal([1, 0]);
      expect(all.callCount).to.equal(0);
    } finally {
      all.restore();
    }
    expect([notifier.count(), notifier.count({ event: 'nkpublish' }), notifier.count({ event: 'presence' })]).to.deep.equal([1, 1, 0]);
  });
});
