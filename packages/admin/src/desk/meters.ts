import type { ServiceFault } from '@nksip-ts/core';
import type { RefusalView, Usage } from '../contract/objects.js';
import { Rates } from '../metrics/rates.js';
import { LastRefusals } from '../metrics/refusals.js';
import { Metrics, type Gauges } from '../metrics/registry.js';
import { Traffic } from '../metrics/traffic.js';
import type { Host } from './host.js';
import { LoopDelay } from './loop-delay.js';

/** Seconds that the delays of the event loop are taken over. */
const DELAYS_OVER = 10;

export interface MeterPorts {
  refused(refusal: RefusalView): void;
  isDraining(): boolean;
}

const noNotifier = { watchers: 0, sent: 0, failed: 0, suppressed: 0 };
const noPackages: readonly string[] = [];

/** All that is counted and measured of a service. */
export class Meters {
  readonly refusals: LastRefusals;
  readonly #traffic: Traffic;
  readonly #metrics: Metrics;
  readonly #rates: Rates;
  readonly #delay = new LoopDelay();
  readonly #faults = new Map<string, number>();
  /** As they were when the metrics were asked for last. */
  #gauges: Gauges | undefined;
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;

  constructor(private readonly host: Host, private readonly version: string, private readonly ports: MeterPorts) {
    this.refusals = new LastRefusals(() => host.config.sip_admin_refusals, (refusal) => { ports.refused(refusal); });
    this.#metrics = new Metrics(host.id);
    const { answered, stored } = { answered: this.#metrics.answered.bind(this.#metrics), stored: this.#metrics.stored.bind(this.#metrics) };
    this.#traffic = new Traffic({ service: host.id, packages: () => host.config.sip_events ?? noPackages, refusals: this.refusals, answered, stored, fault: (error) => { host.fault(error); } });
    this.#rates = new Rates(() => ({ requests: this.#traffic.byMethod, responses: this.#traffic.byCode, notifies: host.notifier()?.counts ?? noNotifier, durations: this.#traffic.durations.counts }));
    this.#metrics.define(this.#traffic, () => this.#gauges ?? this.#gaugesWith(undefined, undefined));
  }

  start(): void {
    this.#traffic.start();
    this.#delay.start();
    this.host.events.on('error', ({ error: { code } }: ServiceFault) => { this.#faults.set(code, (this.#faults.get(code) ?? 0) + 1); });
    this.#timer = setInterval(() => { this.#second(); }, 1000).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#traffic.stop();
    this.#delay.stop();
  }

  async usage(): Promise<Usage> {
    const [publications, registrations] = await this.#stored();
    const { used, limit, parts } = this.host.memory.usage();
    const { connections, requests, sent } = this.host.work;
    return {
      memory: { used, limit, parts: { ...parts } },
      counts: {
        publications: publications ?? null, watchers: this.host.notifier()?.counts.watchers ?? 0, registrations: registrations ?? null,
        connections: Object.values(connections).reduce((sum, count) => sum + count, 0), transactions: requests + sent,
      },
      caps: capsIn(this.host.config), event_loop: { ...this.#delay.now }, rates: this.#rates.now, latency_ms: this.#rates.latency,
    };
  }

  /** In the format of Prometheus. */
  async text(): Promise<string> {
    await this.#look();
    return await this.#metrics.registry.metrics();
  }

  /** The same as data, to be added to that of other processes. */
  async data(): Promise<object[]> {
    await this.#look();
    return await this.#metrics.registry.getMetricsAsJSON();
  }

  async #look(): Promise<void> {
    this.#gauges = this.#gaugesWith(...await this.#stored());
  }

  async #stored(): Promise<readonly [publications: number | undefined, registrations: number | undefined]> {
    const counts = await Promise.all([this.host.compositor()?.count(), this.host.registrar()?.count()]);
    const [publications, registrations] = counts.map((count) => typeof count === 'number' ? count : undefined);
    return [publications, registrations];
  }

  #gaugesWith(publications: number | undefined, registrations: number | undefined): Gauges {
    const { memory, work: { connections, requests, sent } } = this.host;
    return {
      version: this.version, memory: memory.usage(), connections, listeners: listenersIn(this.host.addresses), transactions: { server: requests, client: sent },
      notifier: this.host.notifier()?.counts ?? noNotifier, publications, registrations, loop: this.#delay.now, isDraining: this.ports.isDraining(), faults: this.#faults,
    };
  }

  #second(): void {
    this.refusals.turn();
    this.#rates.turn();
    if (++this.#seconds % DELAYS_OVER === 0) this.#delay.turn();
  }
}

/** The options that limit something, by name. */
function capsIn(config: Readonly<Record<string, unknown>>): Record<string, number> {
  const caps = Object.entries(config).filter((entry): entry is [string, number] => /_max_/.test(entry[0]) && typeof entry[1] === 'number');
  return Object.fromEntries(caps);
}

/** Of `sip:127.0.0.1:5060;transport=udp` and the like, by transport. */
function listenersIn(addresses: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const address of addresses) {
    const [, transport = 'udp'] = /;transport=(\w+)/.exec(address) ?? [];
    counts[transport] = (counts[transport] ?? 0) + 1;
  }
  return counts;
}
