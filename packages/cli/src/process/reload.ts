import { isDeepStrictEqual } from 'node:util';
import { reasonOf } from '@nksip-ts/core';
import { Misuse, sentenceOf } from '../command-line/command-line.js';
import { isData, readConfig } from '../config/config-file.js';
import type { Invocation, Reading } from '../config/invocation.js';

type Options = Readonly<Record<string, unknown>>;

/** What `update` is told so that the one becomes the other: what is no longer given goes back to its default. */
export function changesBetween(before: Options, after: Options): Options {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).map((name) => [name, after[name]]));
}

/** The configuration of a service that runs; it is read again when somebody asks for it. */
export class Reloading {
  /** As it was accepted last. */
  #current: Reading;

  constructor(private readonly invocation: Invocation) {
    this.#current = invocation;
  }

  get current(): Reading {
    return this.#current;
  }

  /** Reads the file again and has `apply` carry out what changed, all or nothing. What cannot be is told, and everything goes on as before. */
  async reload(apply: (changes: Options, after: Reading) => Promise<void>): Promise<void> {
    const { log } = this.invocation;
    try {
      log.info({}, `SIGHUP: ${await this.#reload(apply)}`);
    } catch (error) {
      log.error({ err: error }, `SIGHUP: the configuration stays as it was. ${sentenceOf(error) ?? reasonOf(error)}`);
    }
  }

  /** What comes too late. */
  refuse(): void {
    this.invocation.log.info({}, 'SIGHUP: nothing is read again, for the service stops.');
  }

  async #reload(apply: (changes: Options, after: Reading) => Promise<void>): Promise<string> {
    const { config } = this.#current;
    if (!isData(config)) throw new Misuse(`${config.file} is a program, which is loaded once: stop the service and start it again. A .json file is read again.`);
    const after = await this.invocation.read(await readConfig(config.file));
    const changes = changesBetween(this.#current.options, after.options);
    const names = Object.keys(changes);
    if (names.length > 0) await apply(changes, after);
    this.#current = after;
    return `${config.file} was read again; ${names.length === 0 ? 'no option has changed' : `changed: ${names.join(', ')}`}.`;
  }
}
