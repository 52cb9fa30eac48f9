import { z } from 'zod';
import { NksipError, show } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import type { ApiOf, ConfigWith, ImplementedBy, LoadedPlugin, Plugin, PluginHooks, PluginName, Plugins, PluginService } from './contract.js';
import { registerPlugin } from './registry.js';
import { kindOf, wrongOptions } from '../option/arguments.js';

type Declared<N extends PluginName, K extends string> = Plugins[N] extends Record<K, infer V> ? V : never;

type Deps<N extends PluginName> = [Declared<N, 'deps'>] extends [never]
  ? { readonly plugin_deps?: readonly [] }
  : { readonly plugin_deps: readonly Declared<N, 'deps'>[] };

type OptionalDeps<N extends PluginName> = [Declared<N, 'optional_deps'>] extends [never]
  ? { readonly plugin_optional_deps?: readonly [] }
  : { readonly plugin_optional_deps: readonly Declared<N, 'optional_deps'>[] };

type Options<N extends PluginName, S extends z.ZodObject> = [Declared<N, 'options'>] extends [never]
  ? { readonly options?: undefined }
  : { readonly options: S & (z.input<S> extends Declared<N, 'options'> ? unknown : 'the entry in Plugins must be z.input of these options')
    & ([Declared<N, 'config'>] extends [never] ? unknown : z.output<S> extends Declared<N, 'config'> ? unknown : 'config in Plugins must be z.output of these options') };

/** All that this plugin asks itself, and any other callback of core or of the plugins that it depends on. */
type Implemented<N extends PluginName> = (N extends unknown ? Partial<ImplementedBy<N>> : never) & ([Declared<N, 'callbacks'>] extends [never] ? unknown : Declared<N, 'callbacks'>);

/** Nothing but names of callbacks that are called: TypeScript does not look for extra names in what a function returns. */
type NoOthers<C, Known> = C extends unknown ? { readonly [K in Exclude<keyof C, keyof Known>]: never } : never;

/** What `api` must make: what the entry in `Plugins` says, if it says anything. */
type Offered<N extends PluginName> = [ApiOf<N>] extends [never] ? unknown : ApiOf<N>;

/** What the entry in `Plugins` has, the definition must have. Apart from its type: of what stands in a condition nothing is inferred for the next field. */
type Needed<N extends PluginName, K extends 'api' | 'callbacks'> = [Declared<N, K>] extends [never] ? unknown : { readonly [F in K]: unknown };

/** What definePlugin takes; what a part needs follows from the plugin's entry in `Plugins`. */
export type PluginDefinition<N extends PluginName, S extends z.ZodObject, C, A> = {
  /** As in `Plugins`; a package that is to be found by name is called so, or `@nksip-ts/` and so. */
  readonly name: N;
  /** Callback names of this plugin that look like misspelt names of others, and are not. */
  readonly callback_names?: readonly string[];
  /**
   * Makes what the plugin offers to other plugins and to applications, once for each service and before `callbacks`: `service.api` in its own
   * hooks, `service.use('my-plugin')` in those of plugins that depend on it, `use(service, 'my-plugin')` in applications.
   */
  readonly api?: (service: Omit<PluginService<ConfigWith<S, N>, NoInfer<N>>, 'api'>) => A;
  /** Makes the callbacks of the plugin, once for each service; what it closes over is the plugin's state there. */
  readonly callbacks?: (service: PluginService<ConfigWith<S, N>, NoInfer<N>, A>) => C & Implemented<N> & NoOthers<C, ImplementedBy<N>>;
} & Deps<N> & OptionalDeps<N> & Options<N, S> & Needed<N, 'api'> & Needed<N, 'callbacks'> & PluginHooks<ConfigWith<S, N>, NoInfer<N>, A>;

/**
 * Makes a plugin and registers it under its name: a package calls this once and exports the result as its default.
 *
 * `options` is a zod object with a default or `.optional()` for each option. `api` and then `callbacks` are called once for each service: what
 * they make is the plugin's state there. `api` stands before the hooks that use `service.api`, or TypeScript does not know its type there. The plugin must implement every callback that it asks, as the last resort of the chain.
 * Throws `duplicate_plugin` or `invalid_plugin`.
 */
export function definePlugin<const N extends PluginName, S extends z.ZodObject = z.ZodObject<{}>, C = unknown, A extends Offered<N> = Offered<N>>(definition: PluginDefinition<N, S, C, A>): Plugin<N> {
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
  plugin_optional_deps: names.default([]),
  // By its shape: a plugin may have another copy of zod.
  options: z.custom<z.ZodObject>((value) => typeof value === 'object' && value !== null && 'shape' in value && 'safeParse' in value, 'it must be a zod object')
    .default(() => z.object({})),
  callback_names: names.default([]),
  api: hook<NonNullable<LoadedPlugin['api']>>(),
  callbacks: z.custom<LoadedPlugin['callbacks']>((value) => typeof value === 'function', 'it must be a function').default(() => () => ({})),
  plugin_config: hook<NonNullable<LoadedPlugin['plugin_config']>>(),
  plugin_prepare: hook<NonNullable<LoadedPlugin['plugin_prepare']>>(),
  plugin_start: hook<NonNullable<LoadedPlugin['plugin_start']>>(),
  plugin_drain: hook<NonNullable<LoadedPlugin['plugin_drain']>>(),
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
