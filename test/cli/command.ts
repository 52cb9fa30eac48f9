import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../../packages/cli/bin/nksip-ts.js', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A run of the command, as a person at a terminal would start it. */
export class Command {
  out = '';
  err = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(...args: readonly string[]) {
    this.#child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...moreEnvironment } });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => { this.out += text; });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.err += text; });
    this.#ended = once(this.#child, 'close');
  }

  /** Resolves when standard output matches. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.out);
      if (match !== null) return match;
      const more = await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), this.#ended.then(() => 'ended')]);
      if (more === 'ended' && pattern.exec(this.out) === null) throw new Error(`ended without ${String(pattern)}:\n${this.out}${this.err}`);
    }
  }

  /** Resolves when standard error has the text. */
  async told(text: string): Promise<void> {
    while (!this.err.includes(text)) {
      const more = await Promise.race([once(this.#child.stderr ?? this.#child, 'data'), this.#ended.then(() => 'ended')]);
      if (more === 'ended' && !this.err.includes(text)) throw new Error(`ended without ${text}:\n${this.out}${this.err}`);
    }
  }

  /** From now on nobody reads what it prints. */
  stopReading(): void {
    this.#child.stdout?.pause();
    this.#child.stderr?.pause();
  }

  /** Whoever read what it prints is gone. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }

  readAgain(): void {
    this.#child.stdout?.resume();
    this.#child.stderr?.resume();
  }

  /** Resolves to its exit code, whether or not anybody reads what it printed. */
  async exited(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): void {
    this.#child.kill(name);
  }

  async finished(): Promise<Finished> {
    await this.#ended;
    return { code: this.#child.exitCode, out: this.out, err: this.err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

let moreEnvironment: Readonly<Record<string, string>> = {};

/** Has what `task` starts run in an environment with these variables as well. */
export async function inEnvironment<T>(variables: Readonly<Record<string, string>>, task: () => Promise<T>): Promise<T> {
  moreEnvironment = variables;
  try {
    return await task();
  } finally {
    moreEnvironment = {};
  }
}

export async function run(...args: readonly string[]): Promise<Finished> {
  return await new Command(...args).finished();
}
