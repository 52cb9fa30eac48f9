import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

/** Milliseconds between two looks at the clock: what is measured is how much later than this they come. */
const RESOLUTION = 10;

export interface Delays {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}

/** How late the event loop of the process is, since the last `turn` but one. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  #before: Delays | undefined;

  start(): void {
    this.#histogram.enable();
  }

  /** Begins a new stretch of time. */
  turn(): void {
    this.#before = this.now;
    this.#histogram.reset();
  }

  get now(): Delays {
    if (this.#histogram.count === 0) return this.#before ?? { p50_ms: 0, p99_ms: 0, max_ms: 0 };
    return { p50_ms: late(this.#histogram.percentile(50)), p99_ms: late(this.#histogram.percentile(99)), max_ms: late(Math.max(this.#histogram.max, 0)) };
  }

  stop(): void {
    this.#histogram.disable();
  }
}

function late(nanoseconds: number): number {
  return Math.max(0, Math.round(nanoseconds / 10_000 - 100 * RESOLUTION) / 100);
}
