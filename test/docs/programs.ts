import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { root } from '../../docs/generator/pages.ts';
import { later } from '../wire/running.ts';

const run = promisify(execFile);

/** The sources, as the tests run them; a reader of the documentation runs what was built. */
const fromSource = ['--import', pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href, '-C', '@nksip-ts/source'];

export function node(args: readonly string[], cwd: string = root): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(process.execPath, [...fromSource, ...args], { cwd });
}

/** A program that goes on until it is told to end, or the test is over. */
export class Program {
  printed = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(args: readonly string[], cwd: string = root) {
    this.#child = spawn(process.execPath, [...fromSource, ...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => { this.printed += text; });
    this.#ended = once(this.#child, 'close');
    later(() => this.end('SIGKILL'));
  }

  /** Resolves when what it has printed matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.printed);
      if (match !== null) return match;
      await Promise.race([once(this.#child.stdout!, 'data'), this.#ended.then(() => { throw new Error(`it ended without ${String(pattern)}:\n${this.printed}`); })]);
    }
  }

  async end(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }
}

/** Arguments for `node` with which it is the command. */
export function nksipTs(...args: readonly string[]): readonly string[] {
  const main = pathToFileURL(join(root, 'packages/cli/src/main.ts')).href;
  const script = `const { main } = await import(${JSON.stringify(main)}); process.exitCode = await main(process.argv.slice(1));`;
  return ['--input-type=module', '--eval', script, '--', ...args];
}
