import { beforeOutputEnds } from '../output/lost-output.js';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Ctrl-C, and what ends a command otherwise: a signal, or a standard output that takes nothing more. From now on until `close` none of them ends the process by itself. */
export class Interrupt {
  readonly #first = new AbortController();
  readonly #second = new AbortController();
  readonly #endAlone: () => void;
  readonly #on = (): void => { (this.#first.signal.aborted ? this.#second : this.#first).abort(); };

  constructor() {
    for (const signal of signals) process.on(signal, this.#on);
    this.#endAlone = beforeOutputEnds(this.#on);
  }

  /** What is under way is to be ended. */
  get first(): AbortSignal {
    return this.#first.signal;
  }

  /** Its end is not to be waited for. */
  get second(): AbortSignal {
    return this.#second.signal;
  }

  close(): void {
    for (const signal of signals) process.off(signal, this.#on);
    this.#endAlone();
  }
}
