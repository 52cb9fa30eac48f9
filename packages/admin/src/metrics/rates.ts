import { quantileBetween } from './buckets.js';

/** Totals since the start, at one moment. */
export interface Totals {
  readonly requests: ReadonlyMap<string, number>;
  readonly responses: ReadonlyMap<string, number>;
  readonly notifies: Readonly<Record<'sent' | 'failed' | 'suppressed', number>>;
  readonly durations: Float64Array;
}

interface Moment extends Totals {
  /** Milliseconds. */
  readonly at: number;
}

/** Seconds that a rate is taken over. */
const SPAN = 10;

/** What happens a second, out of totals that are looked at each second. */
export class Rates {
  #moments: readonly Moment[] = [];

  /** `now`: the totals; they are copied. */
  constructor(private readonly totals: () => Totals, private readonly clock: () => number = () => performance.now()) {
    this.turn();
  }

  /** A second has passed. */
  turn(): void {
    const { requests, responses, notifies, durations } = this.totals();
    const moment = { at: this.clock(), requests: new Map(requests), responses: new Map(responses), notifies: { ...notifies }, durations: durations.slice() };
    this.#moments = [...this.#moments.slice(-SPAN), moment];
  }

  get now(): { readonly requests: Record<string, number>; readonly responses: Record<string, number>; readonly notifies: Record<'sent' | 'failed' | 'suppressed', number> } {
    const [before, after, seconds] = this.#span();
    const rateOf = (one: number, other: number): number => rounded((other - one) / seconds);
    const ratesOf = (one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): Record<string, number> => Object.fromEntries([...other].map(([key, count]) => [key, rateOf(one.get(key) ?? 0, count)]));
    return {
      requests: ratesOf(before.requests, after.requests), responses: ratesOf(before.responses, after.responses),
      notifies: {
        sent: rateOf(before.notifies.sent, after.notifies.sent), failed: rateOf(before.notifies.failed, after.notifies.failed), suppressed: rateOf(before.notifies.suppressed, after.notifies.suppressed),
      },
    };
  }

  get latency(): { readonly p50: number; readonly p99: number } {
    const [before, after] = this.#span();
    return { p50: rounded(1000 * quantileBetween(before.durations, after.durations, 0.5)), p99: rounded(1000 * quantileBetween(before.durations, after.durations, 0.99)) };
  }

  #span(): readonly [before: Totals, after: Totals, seconds: number] {
    const after = this.totals();
    const before = this.#moments[0];
    return before === undefined ? [after, after, 1] : [before, after, Math.max(1, (this.clock() - before.at) / 1000)];
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
