import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { bounds } from './buckets.js';
import type { Traffic } from './traffic.js';

/** What is asked when the metrics are read. */
export interface Gauges {
  readonly version: string;
  readonly memory: { readonly limit: number; readonly parts: Readonly<Record<string, number>> };
  readonly connections: Readonly<Record<string, number>>;
  readonly listeners: Readonly<Record<string, number>>;
  readonly transactions: { readonly server: number; readonly client: number };
  readonly notifier: { readonly watchers: number; readonly sent: number; readonly failed: number; readonly suppressed: number };
  /** Undefined: it cannot be told without looking at all. */
  readonly publications: number | undefined;
  readonly registrations: number | undefined;
  readonly loop: { readonly p50_ms: number; readonly p99_ms: number; readonly max_ms: number };
  readonly isDraining: boolean;
  readonly faults: ReadonlyMap<string, number>;
}

type Labels = Readonly<Record<string, string>>;
/** How workers are put together: what all of them hold, or what each sees of the same. */
type Sum = 'sum' | 'max' | 'min' | 'first';

/** The metrics of one service, named as Prometheus recommends. */
export class Metrics {
  readonly registry = new Registry();
  readonly #durations = new Histogram({ name: 'nksip_request_duration_seconds', help: 'Time from a request to its final response.', labelNames: ['method'], buckets: [...bounds], registers: [this.registry] });
  readonly #storeDurations = new Histogram({ name: 'nksip_store_operation_duration_seconds', help: 'Time of an operation of the store of publications.', labelNames: ['operation'], buckets: [...bounds], registers: [this.registry] });

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
  }

  answered(method: string, seconds: number): void {
    this.#durations.observe({ method }, seconds);
  }

  stored(operation: string, seconds: number): void {
    this.#storeDurations.observe({ operation }, seconds);
  }

  /** Defines all others: they are looked at when somebody reads them, and cost nothing before. */
  define(traffic: Traffic, now: () => Gauges): void {
    const keyed = (counts: ReadonlyMap<string, number>, names: readonly string[]) => (): Values => [...counts].map(([key, count]) => [Object.fromEntries(key.split('\t').map((part, at) => [names[at] ?? '', part])), count]);
    const labelled = (label: string, values: () => Readonly<Record<string, number>>) => (): Values => Object.entries(values()).map(([key, value]) => [{ [label]: key }, value]);
    const one = (value: () => number | undefined) => (): Values => {
      const found = value();
      return found === undefined ? [] : [[{}, found]];
    };
    this.#counter('nksip_requests_total', 'Requests that got their final response.', ['method', 'event', 'kind', 'code'], keyed(traffic.requests, ['method', 'event', 'kind', 'code']));
    this.#counter('nksip_refusals_total', 'Requests that were refused: with 4xx, 5xx or 6xx, but for challenges.', ['method', 'code', 'reason'], keyed(traffic.refused, ['method', 'code', 'reason']));
    this.#counter('nksip_store_operations_total', 'Operations of the store of publications that succeeded.', ['operation'], keyed(traffic.operations, ['operation']));
    this.#counter('nksip_store_faults_total', 'Operations of the store of publications that failed.', ['operation'], keyed(traffic.storeFaults, ['operation']));
    this.#counter('nksip_notifies_sent_total', 'NOTIFY requests that were sent.', [], one(() => now().notifier.sent));
    this.#counter('nksip_notifies_failed_total', 'NOTIFY requests that were not accepted, or got no response.', [], one(() => now().notifier.failed));
    this.#counter('nksip_notifies_suppressed_total', 'Changes that a watcher was not notified of, since it has the same already or a newer one is to be sent.', [], one(() => now().notifier.suppressed));
    this.#counter('nksip_faults_total', 'Faults that the service survived, by their code.', ['code'], () => keyed(now().faults, ['code'])());
    this.#gauge('nksip_publications', 'Publications that are stored.', [], one(() => now().publications), 'max');
    this.#gauge('nksip_registrations', 'Addresses that are registered.', [], one(() => now().registrations), 'max');
    this.#gauge('nksip_watchers', 'Watchers.', [], one(() => now().notifier.watchers));
    this.#gauge('nksip_connections', 'Open connections.', ['transport'], labelled('transport', () => now().connections));
    this.#gauge('nksip_listeners', 'Where the service listens.', ['transport'], labelled('transport', () => now().listeners), 'max');
    this.#gauge('nksip_transactions', 'Transactions without a final response.', ['side'], labelled('side', () => now().transactions));
    this.#gauge('nksip_memory_used_bytes', 'Memory that is used because of what others sent.', ['part'], labelled('part', () => now().memory.parts));
    this.#gauge('nksip_memory_limit_bytes', 'The option sip_max_memory.', [], one(() => now().memory.limit));
    this.#gauge('nksip_event_loop_delay_p50_seconds', 'How late the event loop is: the median of the last seconds.', [], one(() => now().loop.p50_ms / 1000), 'max');
    this.#gauge('nksip_event_loop_delay_p99_seconds', 'How late the event loop is: the 99th percentile of the last seconds.', [], one(() => now().loop.p99_ms / 1000), 'max');
    this.#gauge('nksip_event_loop_delay_max_seconds', 'How late the event loop is: the longest of the last seconds.', [], one(() => now().loop.max_ms / 1000), 'max');
    this.#gauge('nksip_draining', '1 while the service drains.', [], one(() => Number(now().isDraining)), 'max');
    this.#gauge('nksip_build_info', 'Always 1; the version is in its label.', ['version'], () => [[{ version: now().version }, 1]], 'first');
    this.#defineProcess();
  }

  #defineProcess(): void {
    const started = performance.timeOrigin / 1000;
    this.#counter('process_cpu_seconds_total', 'CPU time that the process has used.', [], () => [[{}, (process.cpuUsage().user + process.cpuUsage().system) / 1e6]]);
    this.#gauge('process_resident_memory_bytes', 'Resident memory of the process.', [], () => [[{}, process.memoryUsage.rss()]]);
    this.#gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', [], () => [[{}, started]], 'min');
    this.#gauge('nodejs_heap_size_used_bytes', 'Used heap of the process.', [], () => [[{}, process.memoryUsage().heapUsed]]);
  }

  #counter(name: string, help: string, labelNames: readonly string[], values: () => Values): void {
    new Counter({
      name, help, labelNames: [...labelNames], registers: [this.registry],
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.inc({ ...labels }, value);
      },
    });
  }

  #gauge(name: string, help: string, labelNames: readonly string[], values: () => Values, aggregator: Sum = 'sum'): void {
    new Gauge({
      name, help, labelNames: [...labelNames], registers: [this.registry], aggregator,
      collect() {
        this.reset();
        const all = values();
        // What has no labels is 0 after a reset, and not absent.
        if (all.length === 0 && labelNames.length === 0) this.remove();
        for (const [labels, value] of all) this.set({ ...labels }, value);
      },
    });
  }
}

type Values = readonly (readonly [labels: Labels, value: number])[];
