import type { z } from 'zod';
import type { CoreCallbackTexts } from '../callback/callback-texts.js';
import type { CoreCallbacks } from '../callback/callbacks.js';
import type { End, MaybePromise } from '../callback/chain.js';
import type { CoreOptions, ServiceConfig } from '../option/core-options.js';
import type { Logger } from '../log/log.js';
import type { MemoryAccount } from '../memory/account.js';
import type { PluginEvents } from './events.js';

/**
 * The one open interface. A plugin package adds exactly one entry, its own:
 *
 *     declare module '@nksip-ts/core' {
 *       interface Plugins { 'my-plugin': { deps: 'event-compositor'; options: z.input<typeof options>; callbacks: { sip_my_plugin_ask: Callback<[id: string], 'ok'> } } }
 *     }
 *
 * `deps`: names of the plugins that it depends on. `options`: what may be written in `start`. `callbacks`: those that it asks
 * and that a service may therefore implement. Each may be left out.
 */
export interface Plugins {}

export type PluginName = keyof Plugins & string;

type Nothing = {};
// An entry without the key must give never: unknown would swallow its neighbours in the union.
type Entry<P extends PluginName, K extends string> = P extends unknown ? (Plugins[P] extends Record<K, infer V> ? V : never) : never;
type All<U> = [U] extends [never] ? Nothing : (U extends unknown ? (u: U) => void : never) extends (u: infer I) => void ? I : never;
type WithDeps<P extends PluginName> = P extends unknown ? P | (Plugins[P] extends { deps: infer D extends PluginName } ? WithDeps<D> : never) : never;

/** The options that the plugins P, and all that they depend on, bring. */
export type OptionsOf<P extends PluginName> = [P] extends [never] ? Nothing : All<Entry<WithDeps<P>, 'options'>>;

/** Core's callbacks and those that the plugins P, and all that they depend on, ask. */
export type CallbacksOf<P extends PluginName> = CoreCallbacks & CoreCallbackTexts & ([P] extends [never] ? Nothing : All<Entry<WithDeps<P>, 'callbacks'>>);

/** What definePlugin answers: a name, and behind it what core needs to run it. */
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

/** The service, as one of its plugins sees it. */
export interface PluginService<Config = ServiceConfig> {
  readonly id: string;
  /** The current configuration: after an update the new one. */
  readonly config: Config;
  /** Those of the service, for watching. Listeners that the plugin adds here leave with it. */
  readonly events: Pick<PluginEvents, 'on' | 'once' | 'off' | 'emit' | 'listenerCount'>;
  readonly log: Logger;
  /** What the service holds in memory: a plugin that keeps what others sent counts it here, and asks before it takes more. What it counts ends with it. */
  readonly memory: Pick<MemoryAccount, 'tally' | 'watch' | 'hasPlenty' | 'hasRoom'>;
  /**
   * Runs the service's chain of a callback. `end` is given the final value and whose it is (the service's name, a plugin's or
   * 'core'), and its result is what `call` answers. Throws `unknown_callback`, `callback_failed`, `invalid_continue` or `chain_not_ended`.
   */
  call<T = unknown>(callback: string, args: readonly unknown[], end?: End<T>): MaybePromise<T>;
  /** Who answers a callback, in the order of asking. */
  chain(callback: string): readonly string[];
  /** The function that is asked first, for what is attached to it. */
  firstAnswerer(callback: string): ((...args: never[]) => unknown) | undefined;
  /** Gives the plugin's own API to `provided(service, plugin)`: what its functions for applications work with. */
  provide(api: object): void;
  /** What the plugin gave to `provide`, for its hooks. */
  readonly provided: object | undefined;
}

/** The configuration with a plugin's own options, parsed. */
export type ConfigWith<S extends z.ZodObject> = [keyof S['shape']] extends [never] ? ServiceConfig : ServiceConfig & Readonly<z.output<S>>;

/** The hooks of a plugin, after NkSIP. All may be asynchronous; what one throws becomes `plugin_failed` with it as the cause. */
export interface PluginHooks<Config> {
  /**
   * At start and at update, before anything is opened: reads the configuration of the whole service and answers it, changed or
   * not. Dependencies go before dependents. What it changes is parsed as if it had been written in `start`.
   */
  plugin_config?(config: Config, service: PluginService<Config>): MaybePromise<Config>;
  /** Dependencies go before dependents; the listeners are not bound yet. */
  plugin_start?(service: PluginService<Config>): MaybePromise<void>;
  /** When the service stops, or an update removes the plugin; dependents go before dependencies. */
  plugin_stop?(service: PluginService<Config>): MaybePromise<void>;
  /**
   * When the options of a running service change, before the listeners do and while `service.config` is still the old one: use
   * `newConfig`. Throw to refuse the update; if it fails later, this is called again with the two the other way round.
   * Dependencies go before dependents; the plugin keeps its closure.
   */
  plugin_update?(newConfig: Config, oldConfig: Config, service: PluginService<Config>): MaybePromise<void>;
}

/** A plugin with its types gone, as core runs it. */
export interface LoadedPlugin extends PluginHooks<ServiceConfig> {
  readonly name: string;
  readonly plugin_deps: readonly string[];
  readonly options: z.ZodObject;
  /** Names that this plugin asks though they look like misspelt ones. */
  readonly callback_names: readonly string[];
  callbacks(service: PluginService): Readonly<Record<string, unknown>>;
}
