import { knownCallbacks, moduleCallbacks, whyNoCallbacks, type Callbacks } from '../plugin/check-callbacks.js';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError, reasonOf } from '../errors.js';
import type { ServiceBase } from './base.js';
import { configurePlugins, parseOptions } from './parse-options.js';
import type { LoadedPlugin } from '../plugin/contract.js';
import { PluginContext, type PluginContexts } from '../plugin/context.js';
import { closePlugins, stopPlugins, type Hosted, type ServicePlugin } from './plugin-hooks.js';
import { loadPlugins } from '../plugin/load.js';
import { whyNobodyIsAsked } from '../uas/sign-in-callbacks.js';
import { makeRules, type ServiceRules } from './make-rules.js';

/** What a service was told: what `start` was given, and what updates merged into it since. */
export type Spec = Readonly<Record<string, unknown>>;

/** A service made ready and not yet in force: no socket is open, and of its plugins at most what they prepare. */
export interface BuiltService {
  readonly spec: Spec;
  readonly config: ServiceConfig;
  /** Dependents before what they depend on. */
  readonly plugins: readonly ServicePlugin[];
  /** The same plugins as they see the service, by name. */
  readonly contexts: PluginContexts;
  readonly rules: ServiceRules;
}

/** What was written, understood; no plugin has had its say yet. */
export interface Written {
  readonly spec: Spec;
  readonly plugins: readonly LoadedPlugin[];
  readonly config: ServiceConfig;
}

/** `given` alone, or merged into what was written before: without the options of plugins that go, unless they are given again. */
export async function read(given: Spec, folders: readonly string[], before?: BuiltService): Promise<Written> {
  const merged = { ...before?.spec, ...given };
  const listed = merged['plugins'] ?? [];
  if (!Array.isArray(listed)) throw new NksipError('invalid_option', { option: 'plugins', given: listed, reason: "it must be a list of names or plugins, for example ['event-compositor']" });
  const plugins = await loadPlugins(listed, folders);
  const gone = new Set(before?.plugins.filter(({ plugin }) => !plugins.includes(plugin)).flatMap(({ plugin }) => Object.keys(plugin.options.shape)));
  const spec = Object.fromEntries(Object.entries(merged).filter(([option]) => !gone.has(option) || given[option] !== undefined));
  return { spec, plugins, config: parseOptions(spec, plugins, folders) };
}

/**
 * Makes everything that can fail without a socket; throws one NksipError that names the thing, and then nothing is left of new plugins.
 * `before`: what is in force now, whose plugins are kept where they stay.
 */
export async function buildService(written: Written, base: ServiceBase, before?: BuiltService): Promise<BuiltService> {
  const hosted = written.plugins.map((plugin) => host(plugin, written.config, base, before));
  try {
    return await buildWith(hosted, written, base, before);
  } catch (error) {
    await discard(hosted, base, before);
    throw error;
  }
}

/** Stops what is open of plugins that were to be new, and nothing is left of them. */
export async function discard(plugins: readonly Hosted[], base: ServiceBase, before?: BuiltService): Promise<void> {
  const added = plugins.filter(({ context }) => before === undefined || !before.plugins.some((one) => one.context === context));
  await stopPlugins(added, base.fault);
  closePlugins(added);
}

/** A plugin that stays is in force, and stays as it is until the new service is. */
function host(plugin: LoadedPlugin, config: ServiceConfig, base: ServiceBase, before: BuiltService | undefined): Hosted {
  return before?.plugins.find((one) => one.plugin === plugin) ?? { plugin, context: new PluginContext(plugin, base, config) };
}

async function buildWith(hosted: readonly Hosted[], { spec, plugins: loaded, config: written }: Written, base: ServiceBase, before?: BuiltService): Promise<BuiltService> {
  const contexts = new Map(hosted.map(({ plugin, context }) => [plugin.name, context]));
  const preview = (config: ServiceConfig): void => { for (const context of contexts.values()) context.preview(config, contexts); };
  const configured = await configurePlugins(written, loaded, 'plugin_config', (plugin, now) => {
    preview(now);
    return plugin.plugin_config?.(now, contextOf(contexts, plugin));
  });
  preview(configured);
  const added = hosted.filter((one) => !isBuilt(one)).reverse();
  for (const { plugin, context } of added) context.api = make(plugin, 'api', () => plugin.api?.(context));
  const config = await configurePlugins(configured, loaded, 'plugin_prepare', (plugin, now) => {
    preview(now);
    const context = contextOf(contexts, plugin);
    context.isOpen = true;
    return plugin.plugin_prepare?.(now, context);
  });
  preview(config);
  const made = new Map(added.map((one) => [one.plugin.name, implement(one)]));
  const plugins = hosted.map((one) => isBuilt(one) ? one : made.get(one.plugin.name)).filter((one) => one !== undefined);
  const known = knownCallbacks(plugins);
  const own = moduleCallbacks(base.id, base.module, known);
  const rules = makeRules(base, config, before?.rules, known, [{ owner: base.id, callbacks: own }, ...plugins.map(({ plugin, callbacks }) => ({ owner: plugin.name, callbacks }))]);
  return { spec, config, plugins, contexts, rules };
}

function isBuilt(one: Hosted): one is ServicePlugin {
  return 'callbacks' in one;
}

function contextOf(contexts: PluginContexts, { name }: LoadedPlugin): PluginContext {
  const context = contexts.get(name);
  if (context === undefined) throw new Error(`The plugin '${name}' has no context`);
  return context;
}

function implement({ plugin, context }: Hosted): ServicePlugin {
  const callbacks = make(plugin, 'callbacks', () => {
    const made: unknown = plugin.callbacks(context);
    if (!isCallbacks(made)) throw new Error('it must return an object with callbacks');
    return made;
  });
  return { plugin, context, callbacks };
}

function make<T>({ name }: LoadedPlugin, hook: 'api' | 'callbacks', body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw new NksipError('plugin_failed', { plugin: name, hook, reason: reasonOf(error) }, { cause: error });
  }
}

function isCallbacks(result: unknown): result is Callbacks {
  return typeof result === 'object' && result !== null;
}

/** What starts and yet is hardly meant, unless it was so before: a sentence each. */
export function warningsOf({ rules: { chains } }: BuiltService, module: object, before?: BuiltService): readonly string[] {
  const nobodyIsAsked = whyNobodyIsAsked(chains);
  const isNew = before === undefined || whyNobodyIsAsked(before.rules.chains) !== nobodyIsAsked;
  return [before === undefined ? whyNoCallbacks(module, chains.keys()) : undefined, isNew ? nobodyIsAsked : undefined].filter((why) => why !== undefined);
}
