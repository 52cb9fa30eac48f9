import { z } from 'zod';
import { NksipError, show } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import type { CallbacksOf, ConfigWith, LoadedPlugin, Plugin, PluginHooks, PluginName, Plugins, PluginService } from './contract.js';
import { registerPlugin } from './registry.js';
import { kindOf, wrongOptions } from '../option/arguments.js';

type Declared<N extends PluginName, K extends string> = Plugins[N] extends Record<K, infer V> ? V : never;

type Deps<N extends PluginName> = [Declared<N, 'deps'>] extends [never]
  ? { readonly plugin_deps?: readonly [] }
  : { readonly plugin_deps: readonly Declared<N, 'deps'>[] };

type Options<N extends PluginName, S extends z.ZodObject> = [Declared<N, 'options'>] extends [never]
  ? { readonly options?: undefined }
  : { readonly options: S & (z.input<S> extends Declared<N, 'options'> ? unknown : 'the entry in Plugins must be z.input of these options') };

/** All that this plugin asks itself, and any other callback of core or of the plugins that it depends on. */
type Implemented<N extends PluginName> = Partial<CallbacksOf<N>> & ([Declared<N, 'callbacks'>] extends [never] ? unknown : Declared<N, 'callbacks'>);

/** Nothing but names that somebody asks: TypeScript does not look for extra names in what a function answers. */
type NoOthers<C, Known> = { readonly [K in Exclude<keyof C, keyof Known>]: never };

type Callbacks<N extends PluginName, S extends z.ZodObject, C> = [Declared<N, 'callbacks'>] extends [never]
  ? { readonly callbacks?: (service: PluginService<ConfigWith<S>>) => C & Implemented<N> & NoOthers<C, CallbacksOf<N>> }
  : { readonly callbacks: (service: PluginService<ConfigWith<S>>) => C & Implemented<N> & NoOthers<C, CallbacksOf<N>> };

/** What definePlugin takes; what a part needs follows from the plugin's entry in `Plugins`. */
export type PluginDefinition<N extends PluginName, S extends z.ZodObject, C> = {
  /** As in `Plugins`; a package that is to be found by name is called so, or `@nksip-ts/` and so. */
  readonly name: N;
  /** Callback names of this plugin that look like misspelt names of others, and are not. */
  readonly callback_names?: readonly string[];
} & Deps<N> & Options<N, S> & Callbacks<N, S, C> & PluginHooks<ConfigWith<S>>;

/**
 * Makes a plugin and registers it under its name: a package calls this once and exports the result as its default.
 *
 * `options` is a zod object with a default or `.optional()` for each option; `callbacks` is called once per service, and what it
 * closes over is the plugin's state there. The plugin must implement every callback that it asks, as the last resort of the chain.
 * Throws `duplicate_plugin` or `invalid_plugin`.
 */
export function definePlugin<const N extends PluginName, S extends z.ZodObject = z.ZodObject<{}>, C = unknown>(definition: PluginDefinition<N, S, C>): Plugin<N> {
  const plugin = checked(definition);
  registerPlugin(plugin);
  return plugin;
}

const hook = <H>() => z.custom<H>((value) => typeof value === 'function', 'it must be a function').exactOptional();
const names = z.array(z.string()).readonly();

/** The same at run time, for plugins written in JavaScript. */
const definitionSchema = z.strictObject({
  // A package name: the plugin can be loaded by it.
  name: z.string().max(100).regex(/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/, "it must be lower-case letters, digits, dots, dashes and underscores, the first a letter or a digit, such as 'my-plugin' or '@scope/my-plugin'"),
  plugin_deps: names.default([]),
  // By its shape: a plugin may have another copy of zod.
  options: z.custom<z.ZodObject>((value) => typeof value === 'object' && value !== null && 'shape' in value && 'safeParse' in value, 'it must be a zod object')
    .default(() => z.object({})),
  callback_names: names.default([]),
  callbacks: z.custom<LoadedPlugin['callbacks']>((value) => typeof value === 'function', 'it must be a function').default(() => () => ({})),
  plugin_config: hook<NonNullable<LoadedPlugin['plugin_config']>>(),
  plugin_start: hook<NonNullable<LoadedPlugin['plugin_start']>>(),
  plugin_stop: hook<NonNullable<LoadedPlugin['plugin_stop']>>(),
  plugin_update: hook<NonNullable<LoadedPlugin['plugin_update']>>(),
});

function checked<N extends string>(definition: { readonly name: N }): LoadedPlugin & { readonly name: N } {
  const wrong = wrongOptions(definition, "{ name: 'my-plugin' }");
  if (wrong !== undefined) throw new NksipError('invalid_plugin', { kind: kindOf(definition), reason: wrong });
  const { success, data, error } = definitionSchema.safeParse(definition);
  if (success) return { ...data, name: definition.name };
  const issue = error.issues[0];
  throw new NksipError('invalid_plugin', {
    ...(typeof definition.name === 'string' ? { plugin: definition.name } : { kind: kindOf(definition) }),
    reason: issue === undefined ? undefined : whatIsWrong(issue),
  });
}

function whatIsWrong(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'unrecognized_keys') return [issue.path.join('.'), issue.message].filter((text) => text !== '').join(': ');
  const field = issue.keys[0] ?? '';
  const nearest = nearestName(field, Object.keys(definitionSchema.shape));
  return `definePlugin takes no ${show(field)}.${nearest === undefined ? '' : ` Did you mean ${show(nearest)}?`}`;
}
