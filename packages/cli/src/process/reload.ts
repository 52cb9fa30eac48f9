import { isDeepStrictEqual } from 'node:util';
import { fixedOptions, reasonOf } from '@nksip-ts/core';
import { Misuse, sentenceOf } from '../command-line/command-line.js';
import { isData, readConfig, type Config } from '../config/config-file.js';
import { isLogLevel, type Invocation, type Reading } from '../config/invocation.js';

type Options = Readonly<Record<string, unknown>>;

/** Where the service keeps, for its plugins, what reads its configuration again: a `Reload`. */
export const RELOAD = 'nksip-ts:reload';

/** Names of options. */
export interface Reloaded {
  readonly changed: readonly string[];
  /** What says something else now, and cannot change while the service runs. */
  readonly needs_restart: readonly string[];
}

/** Rejects with an error that has a sentence for a person, and everything is as before. */
export type Reload = () => Promise<Reloaded>;

/** What `update` is told so that the one becomes the other: what is no longer given goes back to its default. */
export function changesBetween(before: Options, after: Options): Options {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return Object.fromEntries([...names].filter((name) => !isDeepStrictEqual(before[name], after[name])).map((name) => [name, after[name]]));
}

/** Carries out the changes, all or nothing; certificates and users are read again, be there changes or none. */
type Apply = (changes: Options, after: Reading) => Promise<void>;

/** The configuration of a service that runs; it is read again when somebody asks for it. */
export class Reloading {
  /** As it was accepted last. */
  #current: Reading;
  /** One after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #isOver = false;

  /** `fixed`: options that cannot change here, besides those that say so themselves. */
  constructor(private readonly invocation: Invocation, private readonly apply: Apply, private readonly fixed: readonly string[] = []) {
    this.#current = invocation;
  }

  get current(): Reading {
    return this.#current;
  }

  /** Reads again what the service was started with, and takes what can change. */
  readonly reload: Reload = () => {
    const result = this.#last.then(() => this.#reload());
    this.#last = result.catch(() => undefined);
    return result;
  };

  /** The same at a SIGHUP: what comes of it is told in the log. */
  async hangUp(): Promise<void> {
    const { log } = this.invocation;
    if (this.#isOver) return log.info({}, 'SIGHUP: nothing is read again, for the service stops.');
    try {
      const { changed, needs_restart: kept } = await this.reload();
      const what = this.#current.config.file ?? 'What the service uses';
      log.info({}, `SIGHUP: ${what} was read again; ${changed.length === 0 ? 'no option has changed' : `changed: ${changed.join(', ')}`}.`);
      if (kept.length > 0) log.warn({ options: kept }, `SIGHUP: what cannot change while the service runs stays as it was until it is started again: ${kept.join(', ')}.`);
    } catch (error) {
      log.error({ err: error }, `SIGHUP: the configuration stays as it was. ${sentenceOf(error) ?? reasonOf(error)}`);
    }
  }

  /** From now on nothing is read: the service stops. */
  end(): void {
    this.#isOver = true;
  }

  async #reload(): Promise<Reloaded> {
    if (this.#isOver) throw new Misuse('Nothing is read again, for the service stops.');
    const { config } = this.#current;
    if (!isData(config)) throw new Misuse(`${config.file} is a program, which is loaded once: stop the service and start it again. A .json file is read again.`);
    const written = await readConfig(config.file);
    const { after, kept } = await this.#possible(written, await this.invocation.read(written));
    const changes = changesBetween(this.#current.options, after.options);
    await this.apply(changes, after);
    this.#current = after;
    // Where several processes serve, that of the first one is its own.
    const { log_level: level } = after.options;
    if (isLogLevel(level)) this.invocation.log.setLevel?.(level);
    return { changed: Object.keys(changes), needs_restart: kept };
  }

  /** What is written, but for what cannot change. */
  async #possible(written: Config, wanted: Reading): Promise<{ readonly after: Reading; readonly kept: readonly string[] }> {
    const kept = await this.#fixedIn(wanted);
    if (kept.length === 0) return { after: wanted, kept };
    const after = await this.invocation.read(keeping(kept, written, this.#current.config));
    const [left] = await this.#fixedIn(after);
    if (left !== undefined) throw new Misuse(`The option '${left}' cannot change while the service runs: stop it and start it again.`);
    return { after, kept };
  }

  async #fixedIn({ options }: Reading): Promise<readonly string[]> {
    const changed = Object.keys(changesBetween(this.#current.options, options));
    const before = listOf(this.#current.options['plugins']);
    const fixed = await fixedOptions(listOf(options['plugins']).filter((plugin) => before.includes(plugin)), this.invocation.folders);
    return changed.filter((name) => fixed.has(name) || this.fixed.includes(name));
  }
}

/** A configuration with some options as they were in the one before. */
function keeping(names: readonly string[], config: Config, before: Config): Config {
  const pairs = Object.entries(before.options).filter(([name]) => names.includes(name));
  const others = Object.entries(config.options).filter(([name]) => !names.includes(name));
  return { ...config, options: Object.fromEntries([...others, ...pairs]) };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
