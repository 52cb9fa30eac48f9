import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Finished } from './command.ts';

const program = fileURLToPath(new URL('runs-in-turn.mjs', import.meta.url));

/**
 * One process that runs the command again and again, one run after the other. For what it says of many arguments: nearly all of the time of
 * such a run is the start of its process. What a run leaves open is seen at the end.
 */
export class RunsInTurn {
  #out = '';
  #err = '';
  readonly #child;
  readonly #ended: Promise<unknown>;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, ...env } });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => { this.#out += text; });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => { this.#err += text; });
    this.#ended = once(this.#child, 'close');
  }

  async run(...args: readonly string[]): Promise<Finished> {
    this.#child.send(args);
    for (;;) {
      const [out = '', code, ...isWhole] = this.#out.split('\0');
      const [err = '', ...isOver] = this.#err.split('\0');
      if (isWhole.length > 0 && isOver.length > 0) {
        this.#out = this.#err = '';
        return { code: Number(code), out, err };
      }
      const more = await Promise.race([once(this.#child.stdout!, 'data'), once(this.#child.stderr!, 'data'), this.#ended.then(() => 'ended')]);
      if (more === 'ended') throw new Error(`nksip-ts ${args.join(' ')} ended the process:\n${this.#out}${this.#err}`);
    }
  }

  /** Resolves when nothing keeps the process from ending: to its exit code, and what it printed meanwhile. */
  async end(): Promise<Finished> {
    this.#child.send([]);
    await this.#ended;
    return { code: this.#child.exitCode, out: this.#out, err: this.#err };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
