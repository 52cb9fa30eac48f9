import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '@nksip-ts/core';
import { Misuse, sentenceOf } from './command-line.js';
import { withPlace } from './option-place.js';
import type { Plan, Reading } from './plan.js';

type Options = Readonly<Record<string, unknown>>;

/** What `update` is told so that the one becomes the other: what is no longer given goes back to its default. */
export function changesBetween(before: Options, after: Options): Options {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).map((name) => [name, after[name]]));
}

/** The configuration of a service that runs; it is read again when somebody asks for it. */
export class Reloading {
  #current: Reading;

  constructor(private readonly plan: Plan) {
    this.#current = plan;
  }

  get options(): Options {
    return this.#current.options;
  }

  /** Reads the file again and has `apply` carry out what changed. What cannot be is told, and everything goes on as before. */
  async reload(apply: (changes: Options, reading: Reading) => Promise<void>): Promise<void> {
    const { log } = this.plan;
    try {
      log.info({}, `SIGHUP: ${await this.#reload(apply)}`);
    } catch (error) {
      log.error({ err: error }, `SIGHUP: the configuration stays as it was. ${sentenceOf(error) ?? reasonOf(error)}`);
    }
  }

  /** What comes too late. */
  refuse(): void {
    this.plan.log.info({}, 'SIGHUP: nothing is read again, for the service stops.');
  }

  async #reload(apply: (changes: Options, reading: Reading) => Promise<void>): Promise<string> {
    const { file } = this.plan.config;
    if (file === undefined) throw new Misuse('There is no configuration file to read again: start with --config FILE.');
    const after = await this.plan.reread(this.#current);
    if ((after.config.name ?? 'nksip-ts') !== this.plan.name) throw new Misuse(`The name of the service cannot change while it runs: stop it and start it again.`);
    const changes = changesBetween(this.#current.options, after.options);
    const names = Object.keys(changes);
    if (names.length > 0) await apply(changes, after).catch((error: unknown) => { throw withPlace(error, after.config); });
    this.#current = after;
    const callbacks = after.config.module === undefined ? '' : '; the callbacks in it are taken at the next start';
    return `${file} was read again; ${names.length === 0 ? 'no option has changed' : `changed: ${names.join(', ')}`}${callbacks}.`;
  }
}
