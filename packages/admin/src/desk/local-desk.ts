import { drain, NksipError, shownOptions, update, type LogLevel } from '@nksip-ts/core';
import type { Orders, Readiness } from '../contract/desk.js';
import { DeskError } from '../contract/desk-error.js';
import type { Batch } from '../contract/feed.js';
import type {
  AddressQuery, AddressRow, AddressView, Page, PublicationQuery, PublicationView, Refusals, RegistrationQuery, RegistrationView, Reloaded, ServiceInfo, Usage, WatcherQuery, WatcherView,
} from '../contract/objects.js';
import { reloadBy } from '../contract/reload-by.js';
import { version } from '../contract/version.js';
import type { WorkerDesk } from '../contract/worker-desk.js';
import { listAddresses } from './addresses.js';
import { addressFrom } from './address-from.js';
import { asked } from './faults.js';
import { Happenings } from './happenings.js';
import { present, type Host } from './host.js';
import { listRegistrations, listWatchers } from './listed.js';
import { Listings } from './listings.js';
import { Meters } from './meters.js';
import { viewOfAddress } from './one-address.js';
import { listPublications } from './publications.js';
import { isReachable } from './reachable.js';

/** The desk of one service, in its own process. */
export class LocalDesk implements WorkerDesk {
  /** What the program that started the service can do. */
  orders: Orders = {};
  readonly #host: Host;
  readonly #listings = new Listings();
  readonly #happenings: Happenings;
  readonly #meters: Meters;
  readonly #began = performance.now();
  #phase: 'starting' | 'serving' | 'draining' = 'starting';

  constructor(host: Host) {
    this.#host = host;
    this.#happenings = new Happenings(host);
    this.#meters = new Meters(host, version, { refused: (refusal) => { this.#happenings.refused(refusal); }, isDraining: () => this.#phase === 'draining' });
  }

  start(): void {
    this.#meters.start();
    this.#host.events.once('started', () => { this.#phase = 'serving'; });
  }

  /** The service goes away. */
  leave(): void {
    this.#phase = 'draining';
  }

  close(): void {
    this.#happenings.close();
    this.#listings.close();
    this.#meters.stop();
  }

  async readiness(): Promise<Readiness> {
    if (this.#phase !== 'serving') return this.#phase;
    return await isReachable(this.#host.compositor()) ? 'ready' : 'store_unreachable';
  }

  async service(): Promise<ServiceInfo> {
    const { id, config, addresses, log } = this.#host;
    return {
      name: id, version, pid: process.pid, uptime: Math.floor((performance.now() - this.#began) / 1000), workers: [],
      plugins: [...config.plugins], listening: [...addresses], log_level: log.level, draining: this.#phase === 'draining', options: { ...shownOptions(config) },
    };
  }

  async usage(): Promise<Usage> {
    return await asked(() => this.#meters.usage());
  }

  async publications(query: PublicationQuery): Promise<Page<PublicationView>> {
    return await listPublications(this.#listings, present(this.#host.compositor(), 'event-compositor'), query);
  }

  async addresses(query: AddressQuery): Promise<Page<AddressRow>> {
    return await listAddresses(this.#listings, this.#host, query);
  }

  async address(uri: string): Promise<AddressView> {
    const aor = addressFrom(uri);
    return await asked(() => viewOfAddress(this.#host, aor));
  }

  async watchers(query: WatcherQuery): Promise<Page<WatcherView>> {
    return await listWatchers(this.#listings, this.#host, query);
  }

  async registrations(query: RegistrationQuery): Promise<Page<RegistrationView>> {
    return await listRegistrations(this.#listings, this.#host, query);
  }

  async refusals(): Promise<Refusals> {
    return this.#meters.refusals.all;
  }

  async removePublication(uri: string, event: string, tag: string): Promise<void> {
    const aor = addressFrom(uri);
    const compositor = present(this.#host.compositor(), 'event-compositor');
    await asked(async () => {
      const found = await compositor.find(aor, tag);
      if (found === 'not_found' || found.event !== event || await compositor.remove(aor, tag) === 0) throw nothing('publication');
    });
  }

  async removeAddress(uri: string): Promise<void> {
    const aor = addressFrom(uri);
    const compositor = present(this.#host.compositor(), 'event-compositor');
    if (await asked(() => compositor.remove(aor)) === 0) throw nothing('publication');
  }

  async endWatcher(id: string): Promise<void> {
    if (present(this.#host.notifier(), 'event-notifier').terminate(id, 'deactivated') === 'not_found') throw nothing('watcher');
  }

  async decide(id: string, decision: 'allow' | 'deny'): Promise<void> {
    if (present(this.#host.notifier(), 'event-notifier').decide(id, decision === 'allow' ? 'allow' : 'block') === 'not_found') throw nothing('watcher');
  }

  async drain(): Promise<void> {
    this.leave();
    if (this.orders.drain !== undefined) return this.orders.drain();
    drain(this.#host.id).catch((error: unknown) => { this.#host.fault(error); });
  }

  async reload(): Promise<Reloaded> {
    return await reloadBy(this.orders.reload);
  }

  async setLogLevel(level: LogLevel): Promise<void> {
    try {
      await update<never>(this.#host.id, { log_level: level });
    } catch (error) {
      throw error instanceof NksipError ? new DeskError('not_supported', error.message) : error;
    }
  }

  async metrics(): Promise<string> {
    return await asked(() => this.#meters.text());
  }

  async metricsData(): Promise<object[]> {
    return await asked(() => this.#meters.data());
  }

  follow(told: (batch: Batch) => void): () => void {
    return this.#happenings.follow(told);
  }
}

function nothing(what: string): DeskError {
  return new DeskError('not_found', `There is no such ${what}: it may have ended, or has another tag now.`);
}
