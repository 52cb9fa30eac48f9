import type { Chain, End, MaybePromise } from '../callback/chain.js';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError } from '../errors.js';
import type { ServiceEvents } from '../events.js';
import type { Logger } from '../log/log.js';
import type { MemoryAccount } from '../memory/account.js';
import { nearestName } from '../nearest-name.js';
import type { ServiceSubscriptions } from '../subscription/contract.js';
import type { ServiceSubscriptionUac } from '../subscription/subscription-uac.js';
import { handleOf, type Subscriptions } from '../subscription/subscriptions.js';
import type { UacHost } from '../uac/uac-host.js';
import type { ResubscribeOptions, SubscribeOptions } from '../uac/request-options.js';
import { uacOf, type ServiceUac } from '../uac/uac.js';
import type { ApiOf, LoadedPlugin, PluginName, PluginService, ServiceWork } from './contract.js';
import { PluginEvents } from './events.js';
import { PluginMemory } from './memory.js';

/** What a plugin gets of the service that it is in. */
export interface PluginHost {
  readonly id: string;
  readonly events: ServiceEvents;
  readonly log: Logger;
  readonly memory: MemoryAccount;
  fault(error: unknown, callback?: string): void;
}

/** A service, or one that is about to be, as its plugins see it. */
export interface Installed {
  readonly config: ServiceConfig;
  readonly chains: ReadonlyMap<string, Chain>;
  readonly contexts: PluginContexts;
  /** Where it listens at this moment. */
  addresses(): readonly string[];
  work(): ServiceWork;
  /** What requests are sent with. Throws `service_not_found` where nothing is open. */
  client(): UacHost;
  subscriptions(): Subscriptions;
}

/** All plugins of a service, by name. */
export type PluginContexts = ReadonlyMap<string, PluginContext>;

/** The service as one plugin sees it. It stays the same object for as long as the plugin is part of the service. */
export class PluginContext implements PluginService {
  readonly id: string;
  readonly log: Logger;
  readonly memory: PluginMemory;
  readonly events: PluginEvents;
  /** Made by `api` of the plugin. */
  api: unknown = undefined;
  /** Whether plugin_stop has something to undo. */
  isOpen = false;
  readonly fault: PluginHost['fault'];
  #chains: ReadonlyMap<string, Chain> = new Map();
  #addresses: Installed['addresses'] = () => [];
  #work: Installed['work'] = () => ({ connections: {}, requests: 0, answered: 0, sent: 0 });
  #client: (() => UacHost) | undefined;
  #subscriptions: (() => Subscriptions) | undefined;
  #others: PluginContexts = new Map();
  #isInForce = false;

  constructor(private readonly plugin: LoadedPlugin, { id, log, events, memory, fault }: PluginHost, public config: ServiceConfig) {
    this.id = id;
    this.log = log;
    this.fault = fault;
    this.events = new PluginEvents(events);
    this.memory = new PluginMemory(memory);
  }

  /** What a plugin that is new sees while the service is built; one that is in force goes on with what holds. */
  preview(config: ServiceConfig, others: PluginContexts): void {
    if (this.#isInForce) return;
    this.config = config;
    this.#others = others;
  }

  /** What holds from now on. */
  install({ config, chains, contexts, addresses, work, client, subscriptions }: Installed): void {
    this.#isInForce = true;
    this.config = config;
    this.#chains = chains;
    this.#others = contexts;
    this.#addresses = addresses;
    this.#work = work;
    this.#client = client;
    this.#subscriptions = subscriptions;
  }

  /** The plugin is no part of the service any more, or has never become one. */
  close(): void {
    this.memory.close();
    this.events.close();
  }

  get addresses(): readonly string[] {
    return this.#addresses();
  }

  get work(): ServiceWork {
    return this.#work();
  }

  call<T = unknown>(callback: string, args: readonly unknown[], end?: End<T>): MaybePromise<T> {
    return this.#chainOf(callback).call(args, end);
  }

  chain(callback: string): readonly string[] {
    return this.#chainOf(callback).owners;
  }

  firstInChain(callback: string): ((...args: never[]) => unknown) | undefined {
    return this.#chainOf(callback).links[0]?.fn;
  }

  use<D extends PluginName>(plugin: D): ApiOf<D> {
    const { plugin_deps, plugin_optional_deps, name } = this.plugin;
    if (![...plugin_deps, ...plugin_optional_deps].includes(plugin)) throw new NksipError('invalid_plugin', { plugin: name, reason: `it uses '${plugin}': name that in plugin_deps` });
    return this.#others.get(plugin)?.api as ApiOf<D>;
  }

  readonly request: ServiceUac['request'] = async (method, uri, options) => await this.#uac.request(method, uri, options);
  readonly options: ServiceUac['options'] = async (uri, options) => await this.#uac.options(uri, options);
  readonly message: ServiceUac['message'] = async (uri, options) => await this.#uac.message(uri, options);
  readonly register: ServiceUac['register'] = async (uri, options) => await this.#uac.register(uri, options);
  readonly publish: ServiceUac['publish'] = async (uri, options) => await this.#uac.publish(uri, options);

  readonly subscribe: ServiceSubscriptionUac['subscribe'] = async (target: string, options?: SubscribeOptions | ResubscribeOptions) => await this.#inForce().subscribe(target, options);
  readonly notify: ServiceSubscriptionUac['notify'] = (subscription, options) => {
    // Not async, which would make more promises: very many are sent.
    try {
      return this.#inForce().notify(subscription, options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };

  readonly subscriptions: ServiceSubscriptions = {
    handleOf,
    get: (handle) => this.#inForce().get(handle),
    send: (handle, job) => {
      if (this.#subscriptions === undefined) job.refused(new NksipError('service_not_found', { service: this.id }));
      else this.#subscriptions().send(handle, job);
    },
    end: (handle) => this.#inForce().end(handle),
    all: (callId) => this.#inForce().all(callId),
  };

  #inForce(): Subscriptions {
    if (this.#subscriptions === undefined) throw new NksipError('service_not_found', { service: this.id });
    return this.#subscriptions();
  }

  get #uac(): ServiceUac {
    if (this.#client === undefined) throw new NksipError('service_not_found', { service: this.id });
    return uacOf(this.#client());
  }

  #chainOf(callback: string): Chain {
    const chain = this.#chains.get(callback);
    if (chain === undefined) throw new NksipError('unknown_callback', { callback, nearest: nearestName(callback, [...this.#chains.keys()]), is_asked: true });
    return chain;
  }
}
