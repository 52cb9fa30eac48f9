import { readFileSync } from 'node:fs';
import { shownOptions } from '@nksip-ts/core';
import type { Desk, Readiness } from '../contract/desk.js';
import { DeskError } from '../contract/desk-error.js';
import type {
  AddressQuery, AddressRow, AddressView, Page, PublicationQuery, PublicationView, Refusals, RegistrationQuery, RegistrationView, Reloaded, ServiceInfo, Usage, WatcherQuery, WatcherView,
} from '../contract/objects.js';
import { present, type Host } from './host.js';
import { Listings } from './listings.js';
import { LoopDelay } from './loop-delay.js';
import { listPublications } from './publications.js';
import { isReachable } from './reachable.js';

/** The desk of one service, in its own process. */
export class LocalDesk implements Desk {
  readonly #host: Host;
  readonly #listings = new Listings();
  readonly #delay = new LoopDelay();
  readonly #began = performance.now();
  #phase: 'starting' | 'serving' | 'draining' = 'starting';

  constructor(host: Host) {
    this.#host = host;
  }

  start(): void {
    this.#delay.start();
    this.#host.events.once('started', () => { this.#phase = 'serving'; });
  }

  /** The service goes away. */
  leave(): void {
    this.#phase = 'draining';
  }

  close(): void {
    this.#listings.close();
    this.#delay.stop();
  }

  async readiness(): Promise<Readiness> {
    if (this.#phase !== 'serving') return this.#phase;
    return await isReachable(this.#host.compositor()) ? 'ready' : 'store_unreachable';
  }

  async service(): Promise<ServiceInfo> {
    const { id, config, addresses } = this.#host;
    return {
      name: id, version, pid: process.pid, uptime: Math.floor((performance.now() - this.#began) / 1000), workers: [],
      plugins: [...config.plugins], listening: [...addresses], log_level: this.#host.config.log_level, draining: this.#phase === 'draining', options: { ...shownOptions(config) },
    };
  }

  async usage(): Promise<Usage> {
    const { used, limit, parts } = this.#host.memory.usage();
    const stored = await this.#host.compositor()?.count();
    return {
      memory: { used, limit, parts: { ...parts } },
      counts: { publications: typeof stored === 'number' ? stored : null, addresses: null, watchers: 0, registrations: null, connections: 0, transactions: 0 },
      caps: capsIn(this.#host.config),
      event_loop: { ...this.#delay.now },
      rates: { requests: {}, responses: {}, notifies: { sent: 0, failed: 0, suppressed: 0 } },
      latency_ms: { p50: 0, p99: 0 },
    };
  }

  async publications(query: PublicationQuery): Promise<Page<PublicationView>> {
    return await listPublications(this.#listings, present(this.#host.compositor(), 'event-compositor'), query);
  }

  async addresses(_query: AddressQuery): Promise<Page<AddressRow>> { throw notYet(); }
  async address(_uri: string): Promise<AddressView> { throw notYet(); }
  async watchers(_query: WatcherQuery): Promise<Page<WatcherView>> { throw notYet(); }
  async registrations(_query: RegistrationQuery): Promise<Page<RegistrationView>> { throw notYet(); }
  async refusals(): Promise<Refusals> { throw notYet(); }
  async removePublication(_uri: string, _event: string, _tag: string): Promise<void> { throw notYet(); }
  async removeAddress(_uri: string): Promise<void> { throw notYet(); }
  async endWatcher(_id: string): Promise<void> { throw notYet(); }
  async decide(_id: string, _decision: 'allow' | 'deny'): Promise<void> { throw notYet(); }
  async drain(): Promise<void> { throw notYet(); }
  async reload(): Promise<Reloaded> { throw notYet(); }
  async setLogLevel(_level: string): Promise<void> { throw notYet(); }
  async metrics(): Promise<string> { throw notYet(); }
}

function notYet(): DeskError {
  return new DeskError('not_supported', 'This is not there yet.');
}

const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
const version = typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : 'unknown';

/** The options that limit something, by name. */
function capsIn(config: Readonly<Record<string, unknown>>): Record<string, number> {
  const caps = Object.entries(config).filter((entry): entry is [string, number] => /_max_/.test(entry[0]) && typeof entry[1] === 'number');
  return Object.fromEntries(caps);
}
