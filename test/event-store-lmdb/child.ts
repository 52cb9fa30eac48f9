import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const nodeOptions = ['--import', 'tsx', '-C', '@nksip-ts/source'];

/** A process of a test, of a file beside this one; `before` are words of a command to run it under. */
export class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(file: string, args: readonly string[], before: readonly string[] = [], errors: 'inherit' | 'ignore' = 'inherit') {
    const [program = '', ...rest] = [...before, process.execPath, ...nodeOptions, fileURLToPath(new URL(file, import.meta.url)), ...args];
    this.process = spawn(program, rest, { stdio: ['pipe', 'pipe', errors] });
    if (this.process.stdout === null) throw new Error('no output');
    this.#lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error('the child ended');
    return String(value);
  }

  /** All lines until it ends. */
  async *rest(): AsyncIterable<string> {
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next()) yield next.value;
  }

  say(line: string): void {
    this.process.stdin?.write(`${line}\n`);
  }

  /** Closes its input, and waits until it has ended by itself. */
  async finish(): Promise<void> {
    const closed = once(this.process, 'close');
    this.process.stdin?.end();
    await closed;
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const closed = once(this.process, 'close');
    this.process.kill(signal);
    await closed;
  }
}
