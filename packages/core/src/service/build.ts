import { knownCallbacks, moduleCallbacks, whyNoCallbacks, type Callbacks, type Implementation } from '../plugin/callback-names.js';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError, reasonOf } from '../errors.js';
import type { ServiceBase } from './base.js';
import { configurePlugins, parseOptions } from './parse-options.js';
import type { LoadedPlugin } from '../plugin/contract.js';
import { PluginContext } from '../plugin/context.js';
import { loadPlugins } from '../plugin/load.js';
import type { Rules } from '../uas/rules.js';
import { whyNobodyIsAsked } from '../uas/sign-in-callbacks.js';
import { makeRules } from './make-rules.js';

/** What a service was told: what `start` was given, and what updates merged into it since. */
export type Spec = Readonly<Record<string, unknown>>;

/** A plugin in a service. Across updates it stays the same object for as long as the plugin stays. */
export interface ServicePlugin extends Implementation {
  readonly context: PluginContext;
}

/** A service made ready and not yet in force: no socket is open, no plugin started. */
export interface BuiltService {
  readonly spec: Spec;
  readonly config: ServiceConfig;
  /** Dependents before what they depend on. */
  readonly plugins: readonly ServicePlugin[];
  readonly rules: Rules;
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
  const contexts = new Contexts(base, before);
  try {
    return await buildWith(contexts, written, base, before);
  } catch (error) {
    contexts.close();
    throw error;
  }
}

async function buildWith(contexts: Contexts, { spec, plugins: loaded, config: written }: Written, base: ServiceBase, before?: BuiltService): Promise<BuiltService> {
  const config = await configurePlugins(written, loaded, (plugin, now) => contexts.of(plugin, now));
  const plugins = loaded.map((plugin) => before?.plugins.find((one) => one.plugin === plugin) ?? implement(plugin, contexts.of(plugin, config)));
  const known = knownCallbacks(plugins);
  const own = moduleCallbacks(base.id, base.module, known);
  const rules = makeRules(base, config, before?.rules, known, [{ owner: base.id, callbacks: own }, ...plugins.map(({ plugin, callbacks }) => ({ owner: plugin.name, callbacks }))]);
  return { spec, config, plugins, rules };
}

/** One for each plugin: that of a plugin that stays is in force, and stays as it is until the new service is. */
class Contexts {
  readonly #made = new Map<string, PluginContext>();

  constructor(private readonly base: ServiceBase, private readonly before: BuiltService | undefined) {}

  of({ name }: LoadedPlugin, config: ServiceConfig): PluginContext {
    const { id, events, log, memory } = this.base;
    const kept = this.before?.plugins.find((one) => one.plugin.name === name)?.context;
    if (kept !== undefined) return kept;
    const context = this.#made.get(name) ?? new PluginContext(id, events, log, memory, config);
    this.#made.set(name, context);
    context.config = config;
    return context;
  }

  close(): void {
    for (const context of this.#made.values()) context.close();
  }
}

function implement(plugin: LoadedPlugin, context: PluginContext): ServicePlugin {
  try {
    const callbacks: unknown = plugin.callbacks(context);
    if (!isCallbacks(callbacks)) throw new Error('it must answer an object with callbacks');
    return { plugin, context, callbacks };
  } catch (error) {
    throw new NksipError('plugin_failed', { plugin: plugin.name, hook: 'callbacks', reason: reasonOf(error) }, { cause: error });
  }
}

function isCallbacks(answer: unknown): answer is Callbacks {
  return typeof answer === 'object' && answer !== null;
}

/** What starts and yet is hardly meant, unless it was so before: a sentence each. */
export function warningsOf({ rules: { chains } }: BuiltService, module: object, before?: BuiltService): readonly string[] {
  const nobodyIsAsked = whyNobodyIsAsked(chains);
  const isNew = before === undefined || whyNobodyIsAsked(before.rules.chains) !== nobodyIsAsked;
  return [before === undefined ? whyNoCallbacks(module, chains.keys()) : undefined, isNew ? nobodyIsAsked : undefined].filter((why) => why !== undefined);
}
