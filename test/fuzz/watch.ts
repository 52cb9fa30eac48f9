import { fork } from 'node:child_process';

/** A process from which nothing is heard for so long (ms) will be busy with one input for ever. */
const tooLong = 30_000;
const tellEvery = 500;

/** Whether this process is one that `watched` started. */
export const isWatched = process.send !== undefined;

/**
 * Runs the program again in a process of its own, and answers with its exit code: 1, too, when it hangs. What hangs cannot say so
 * itself, nor where it was.
 */
export async function watched(program: string): Promise<number> {
  const child = fork(program, process.argv.slice(2));
  let told = '';
  let timer: NodeJS.Timeout | undefined;
  const listen = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      console.error(`It hangs: nothing was heard for ${tooLong} ms. To see it again, within some thousand runs: npm run fuzz -- ${told}`);
      child.kill('SIGKILL');
    }, tooLong);
  };
  child.on('message', (message) => {
    told = String(message);
    listen();
  });
  const stop = (): void => { child.kill(); };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  listen();
  return new Promise<number>((resolve) => child.once('exit', (code) => { resolve(code ?? 1); })).finally(() => {
    clearTimeout(timer);
    process.off('SIGINT', stop).off('SIGTERM', stop);
  });
}

/** What the watched process tells, as long as its event loop turns: where it is. */
export class Pulse {
  #seed = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(target: string) {
    this.#timer = setInterval(() => process.send?.(`--only ${target} --seed ${this.#seed}`), tellEvery);
  }

  runs(seed: number): void {
    this.#seed = seed;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
