import { printable } from '@nksip-ts/core';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The other page of a terminal, without the cursor; `close` brings back what was there. */
export class Screen {
  readonly #left = new AbortController();
  readonly #leave = (): void => { this.#left.abort(); };
  readonly #key = (keys: Buffer): void => { if (/[qQ\x03\x04]/.test(keys.toString('latin1'))) this.#leave(); };

  constructor() {
    for (const signal of signals) process.on(signal, this.#leave);
    if (process.stdin.isTTY) process.stdin.setRawMode(true).on('data', this.#key);
    process.stdout.write('\x1b[?1049h\x1b[?25l');
  }

  static get isPossible(): boolean {
    return process.stdout.isTTY && process.env['TERM'] !== 'dumb';
  }

  /** Aborted by q, Ctrl-C or a signal. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  /** As much of the lines as there is room for. */
  draw(lines: readonly string[]): void {
    // A terminal that does not know its size says 0.
    const rows = process.stdout.rows || 24;
    const columns = process.stdout.columns || 80;
    const shown = lines.slice(0, rows).map((line) => `${printable(line).slice(0, columns)}\x1b[K`);
    process.stdout.write(`\x1b[H${shown.join('\r\n')}\x1b[J`);
  }

  close(): void {
    process.stdout.write('\x1b[?25h\x1b[?1049l');
    for (const signal of signals) process.off(signal, this.#leave);
    if (process.stdin.isTTY) process.stdin.off('data', this.#key).setRawMode(false).pause();
  }
}
