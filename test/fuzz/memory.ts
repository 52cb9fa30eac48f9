/**
 * What may be left (bytes) when all is done and collected. Tables that are bounded fill up: finished transactions, the timers of INVITEs, compiled
 * code. A leak of 100 bytes a run is beyond it within a long run.
 */
const allowed = 48 * 1024 * 1024;

/** Compares the heap before and after, if Node was started with --expose-gc. */
export class MemoryWatch {
  readonly #before = heap();

  /** bytes; undefined where it cannot be told */
  async growth(): Promise<number | undefined> {
    // what waited for this turn goes with the next
    await new Promise((resolve) => { setImmediate(resolve); });
    const after = heap();
    return after === undefined || this.#before === undefined ? undefined : after - this.#before;
  }
}

function heap(): number | undefined {
  if (global.gc === undefined) return undefined;
  global.gc();
  return process.memoryUsage().heapUsed;
}

export function memoryProblem(growth: number): string | undefined {
  return growth <= allowed ? undefined : `the heap holds ${Math.round(growth / 1024 / 1024)} MB more than at the start; ${allowed / 1024 / 1024} MB would be bounded tables`;
}
