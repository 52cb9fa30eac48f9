import type { z } from 'zod';
import type { CoreCallbackTexts } from '../callback/callback-texts.generated.js';
import type { CoreCallbacks } from '../callback/callbacks.js';
import type { End, MaybePromise } from '../callback/chain.js';
import type { CoreOptions, ServiceConfig } from '../option/core-options.js';
import type { Logger } from '../log/log.js';
import type { MemoryAccount } from '../memory/account.js';
import type { ServiceSubscriptions } from '../subscription/contract.js';
import type { ServiceSubscriptionUac } from '../subscription/subscription-uac.js';
import type { ServiceUac } from '../uac/uac.js';
import type { PluginEvents } from './events.js';

/**
 * The one open interface. A plugin package adds exactly one entry, its own:
 *
 *     declare module '@nksip-ts/core' {
 *       interface Plugins { 'my-plugin': { deps: 'event-compositor'; options: z.input<typeof options>; callbacks: { sip_my_plugin_ask: Callback<[id: string], 'ok'> } } }
 *     }
 *
 * `deps`: names of the plugins that it depends on; `optional_deps`: of those that it works with if somebody else loads them. `options`: what
 * may be written in `start`; `config`: the same as parsed, for plugins that depend on it. `callbacks`: those that it asks and that a
 * service may therefore implement. `api`: what it offers to other plugins and to applications. Each may be left out.
 */
export interface Plugins {}

export type PluginName = keyof Plugins & string;

type Nothing = {};
// An entry without the key must give never: unknown would swallow its neighbours in the union.
type Entry<P extends PluginName, K extends string> = P extends unknown ? (Plugins[P] extends Record<K, infer V> ? V : never) : never;
type All<U> = [U] extends [never] ? Nothing : (U extends unknown ? (u: U) => void : never) extends (u: infer I) => void ? I : never;
type WithDeps<P extends PluginName> = P extends unknown ? P | (Plugins[P] extends { deps: infer D extends PluginName } ? WithDeps<D> : never) : never;

type Deps<P extends PluginName> = P extends unknown ? (Plugins[P] extends { deps: infer D extends PluginName } ? D : never) : never;
type OptionalDeps<P extends PluginName> = P extends unknown ? (Plugins[P] extends { optional_deps: infer D extends PluginName } ? D : never) : never;
type Parsed<P extends PluginName> = P extends unknown ? (Plugins[P] extends { config: infer V } ? V : Plugins[P] extends { options: infer V } ? V : never) : never;

/** What a plugin offers to others. */
export type ApiOf<P extends PluginName> = Plugins[P] extends { api: infer A } ? A : never;

/** The options that the plugins P, and all that they depend on, bring. */
export type OptionsOf<P extends PluginName> = [P] extends [never] ? Nothing : All<Entry<WithDeps<P>, 'options'>>;

/** Core's callbacks and those that the plugins P, and all that they depend on, ask. */
export type CallbacksOf<P extends PluginName> = CoreCallbacks & CoreCallbackTexts & ([P] extends [never] ? Nothing : All<Entry<WithDeps<P>, 'callbacks'>>);

/** What definePlugin returns: a name, and behind it what core needs to run it. */
export interface Plugin<P extends PluginName = PluginName> {
  readonly name: P;
}

type Listed<P extends PluginName> = { readonly plugins?: readonly (P | Plugin<P>)[] };

/** The second argument of `start`: core's options, those of the plugins listed, and the list. */
export type ServiceSpec<P extends PluginName> = Listed<P> & CoreOptions & OptionsOf<P>;

/** The second argument of `update`: what changes in a service with the plugins P, which has the plugins Q from then on if they are listed. */
export type ServiceChange<P extends PluginName, Q extends PluginName = P> = Listed<Q> & Partial<CoreOptions & OptionsOf<P | Q>>;

/** The third argument of `start`: callbacks of the service itself, asked before those of any plugin. */
export type ServiceModule<P extends PluginName = PluginName> = Partial<CallbacksOf<P>>;

/** The callbacks that a plugin may implement: core's, its own, and those of the plugins that it depends on, also where that is optional. */
export type ImplementedBy<P extends PluginName> = CallbacksOf<P | OptionalDeps<P>>;

/** What a service has to do with at one moment, as numbers. */
export interface ServiceWork {
  /** Connections that are open, by their transport. */
  readonly connections: Readonly<Record<string, number>>;
  /** Server transactions without a final response, and those whose response is kept for retransmissions. */
  readonly requests: number;
  readonly answered: number;
  /** Client transactions that wait for their response. */
  readonly sent: number;
}

/**
 * The service, as one of its plugins, N, sees it; `Api` is what that one offers. Requests are sent as `uac` sends them; until the service listens they
 * reject with `service_not_found`.
 */
export interface PluginService<Config = ServiceConfig, N extends PluginName = PluginName, Api = unknown> extends ServiceUac, ServiceSubscriptionUac {
  readonly id: string;
  /** The current configuration: after an update the new one. */
  readonly config: Config;
  /** Those of the service, for watching. Listeners that the plugin adds here leave with it. */
  readonly events: Pick<PluginEvents, 'on' | 'once' | 'off' | 'emit' | 'listenerCount'>;
  readonly log: Logger;
  /** Those that others have here, and those that the service has with others. */
  readonly subscriptions: ServiceSubscriptions;
  /** What the service holds in memory: a plugin that keeps what others sent counts it here, and asks before it takes more. What it counts ends with it. */
  readonly memory: Pick<MemoryAccount, 'tally' | 'watch' | 'hasPlenty' | 'hasRoom' | 'usage'>;
  /** Where the service listens at this moment, port 0 resolved; empty before it does. */
  readonly addresses: readonly string[];
  /** What it has to do with at this moment. */
  readonly work: ServiceWork;
  /**
   * Runs the service's chain of a callback. `end` is given the final value and whose it is (the service's name, a plugin's or
   * 'core'), and its result is what `call` returns. Throws `unknown_callback`, `callback_failed`, `invalid_continue` or `chain_not_ended`.
   */
  call<T = unknown>(callback: string, args: readonly unknown[], end?: End<T>): MaybePromise<T>;
  /** Who implements a callback, in the order in which they are called. */
  chain(callback: string): readonly string[];
  /** The function that is asked first, for what is attached to it. */
  firstInChain(callback: string): ((...args: never[]) => unknown) | undefined;
  /**
   * Reports a fault that the service survives, as core does: a line in the log and an `error` event. What is no NksipError becomes `internal`.
   * `callback`: the one that it belongs to, unless the fault says so.
   */
  fault(error: unknown, callback?: string): void;
  /** What `api` of the plugin made. */
  readonly api: Api;
  /**
   * What a plugin that this one depends on offers: from `api` on, in `callbacks` and all later hooks. Undefined where an optional one is not
   * loaded. Throws `invalid_plugin` for one that it does not depend on.
   */
  use<D extends Deps<N> | OptionalDeps<N>>(plugin: D): ApiOf<D> | (D extends OptionalDeps<N> ? undefined : never);
}

/** The configuration with a plugin's own options, parsed, and with those of the plugins that it depends on. */
export type ConfigWith<S extends z.ZodObject, N extends PluginName = never> = ServiceConfig
  & ([keyof S['shape']] extends [never] ? unknown : Readonly<z.output<S>>)
  & ([N] extends [never] ? unknown : All<Parsed<Exclude<WithDeps<N>, N>>> & Partial<All<Parsed<Exclude<WithDeps<OptionalDeps<N>>, WithDeps<N>>>>>);

/** The hooks of a plugin, after NkSIP. All may be asynchronous; what one throws becomes `plugin_failed` with it as the cause. */
export interface PluginHooks<Config, N extends PluginName = PluginName, Api = unknown> {
  /**
   * At start and at update, before anything is opened: reads the configuration of the whole service and returns it, changed or
   * not, and does nothing else. Dependencies go before dependents. What it changes is parsed as if it had been written in `start`.
   */
  plugin_config?(config: Config, service: Omit<PluginService<Config, N>, 'api'>): MaybePromise<Config>;
  /**
   * At start and at update, after every plugin_config and before the callbacks are made: opens what the configuration is not whole
   * without, such as a database with a secret in it, and returns the configuration, changed or not. At an update all is open already, unless
   * the plugin is new. Dependencies go before dependents. `plugin_stop` undoes it, also where it has failed itself or the start goes no further.
   */
  plugin_prepare?(config: Config, service: PluginService<Config, N, Api>): MaybePromise<Config>;
  /** Dependencies go before dependents; the listeners are not bound yet. */
  plugin_start?(service: PluginService<Config, N, Api>): MaybePromise<void>;
  /**
   * Before plugin_stop, while the sockets are open and new requests are refused: to say goodbye to whoever counts on the service. All plugins
   * at the same time, dependents begin. It has the time of `sip_drain_timeout` where the service drains or an update removes the
   * plugin ('drain'), and 1 second where it stops at once ('stop'); then the sockets are closed.
   */
  plugin_drain?(how: 'drain' | 'stop', service: PluginService<Config, N, Api>): MaybePromise<void>;
  /** When the service stops, or an update removes the plugin; the sockets are closed then. Dependents go before dependencies. */
  plugin_stop?(service: PluginService<Config, N, Api>): MaybePromise<void>;
  /**
   * When the options of a running service change, before the listeners do and while `service.config` is still the old one: use
   * `newConfig`. Throw to refuse the update; if it fails later, this is called again with the two the other way round.
   * Dependencies go before dependents; the plugin keeps its closure.
   */
  plugin_update?(newConfig: Config, oldConfig: Config, service: PluginService<Config, N, Api>): MaybePromise<void>;
}

/** A plugin with its types gone, as core runs it. */
export interface LoadedPlugin extends PluginHooks<ServiceConfig> {
  readonly name: string;
  readonly plugin_deps: readonly string[];
  readonly plugin_optional_deps: readonly string[];
  readonly options: z.ZodObject;
  /** Names that this plugin asks though they look like misspelt ones. */
  readonly callback_names: readonly string[];
  api?(service: PluginService): unknown;
  callbacks(service: PluginService): Readonly<Record<string, unknown>>;
}
