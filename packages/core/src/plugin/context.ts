import type { Chain, End, MaybePromise } from '../callback/chain.js';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError } from '../errors.js';
import type { ServiceEvents } from '../events.js';
import type { Logger } from '../log/log.js';
import type { MemoryAccount } from '../memory/account.js';
import { nearestName } from '../nearest-name.js';
import type { PluginService } from './contract.js';
import { PluginEvents } from './events.js';
import { PluginMemory } from './memory.js';

/** The service as one plugin sees it. It stays the same object for as long as the plugin is part of the service. */
export class PluginContext implements PluginService {
  #chains: ReadonlyMap<string, Chain> = new Map();
  /** What the plugin gave to `provide`. */
  provided: object | undefined = undefined;

  readonly memory: PluginMemory;

  readonly events: PluginEvents;

  constructor(readonly id: string, events: ServiceEvents, readonly log: Logger, memory: MemoryAccount, public config: ServiceConfig) {
    this.events = new PluginEvents(events);
    this.memory = new PluginMemory(memory);
  }

  /** What holds from now on. */
  install(config: ServiceConfig, chains: ReadonlyMap<string, Chain>): void {
    this.config = config;
    this.#chains = chains;
  }

  /** The plugin is no part of the service any more, or has never become one. */
  close(): void {
    this.memory.close();
    this.events.close();
  }

  call<T = unknown>(callback: string, args: readonly unknown[], end?: End<T>): MaybePromise<T> {
    return this.#chainOf(callback).call(args, end);
  }

  chain(callback: string): readonly string[] {
    return this.#chainOf(callback).owners;
  }

  firstAnswerer(callback: string): ((...args: never[]) => unknown) | undefined {
    return this.#chainOf(callback).links[0]?.fn;
  }

  provide(api: object): void {
    if (api === null || (typeof api !== 'object' && typeof api !== 'function')) {
      throw new NksipError('invalid_argument', { argument: 'api', given: api, reason: 'write an object with the functions of the plugin' });
    }
    this.provided = api;
  }

  #chainOf(callback: string): Chain {
    const chain = this.#chains.get(callback);
    if (chain === undefined) throw new NksipError('unknown_callback', { callback, nearest: nearestName(callback, [...this.#chains.keys()]), is_asked: true });
    return chain;
  }
}
