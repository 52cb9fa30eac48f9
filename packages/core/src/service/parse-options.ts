import { z } from 'zod';
import { coreOptions, type ServiceConfig } from '../option/core-options.js';
import { NksipError, reasonOf } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import { whatIsRight } from '../option/reason.js';
import { givenFor, isFixed } from '../option/meta.js';
import type { LoadedPlugin } from '../plugin/contract.js';
import { installedNames, loadPlugins } from '../plugin/load.js';
import { registeredPlugins } from '../plugin/registry.js';
import { insteadOf } from '../plugin/start-arguments.js';

/**
 * Parses what `start` was given: core's options and those of `plugins` (in their order), nothing else; defaults are filled in.
 * `folders`: where plugins are looked for, to tell of an option that it is one of them.
 * Throws `unknown_option`, `invalid_option`, or `invalid_plugin` for a plugin with an option that another one has.
 */
export function parseOptions(spec: unknown, plugins: readonly LoadedPlugin[], folders: readonly string[] = []): ServiceConfig {
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new NksipError('invalid_argument', { argument: 'options', given: spec, reason: 'write an object' });
  }
  refuseUnknown(spec, schemasOf(plugins), plugins, folders);
  const ofPlugins = plugins.flatMap((plugin) => Object.entries(parseOwn(plugin.options, spec, plugin.name)));
  return { ...parseOwn(coreOptions, spec), ...Object.fromEntries(ofPlugins), plugins: plugins.map((plugin) => plugin.name) };
}

/** Tells whether an option of a service with these plugins can have a value; undefined: it has no such option. Rejects as `loadPlugins` does. */
export async function optionChecker(listed: readonly unknown[], folders: readonly string[]): Promise<(option: string, value: unknown) => boolean | undefined> {
  const schemas = schemasOf(await loadPlugins(listed, folders));
  return (option, value) => {
    const schema = schemaOf(option, schemas);
    return schema === undefined ? undefined : z.safeParse(schema, value).success;
  };
}

/** The options that cannot change while a service with these plugins runs. Rejects as `loadPlugins` does. */
export async function fixedOptions(listed: readonly unknown[], folders: readonly string[]): Promise<ReadonlySet<string>> {
  const schemas = schemasOf(await loadPlugins(listed, folders));
  return new Set(schemas.flatMap(({ shape }) => Object.keys(shape).filter((name) => isFixed(shape[name]))));
}

/**
 * Lets each plugin read and change the configuration of the whole service in one of its hooks, dependencies before dependents.
 * What a plugin changes is parsed again, as if it had been written in `start`. `ask` calls the hook with the configuration as it is then.
 * Rejects with `plugin_failed` (what the hook threw is the cause), `unknown_option` or `invalid_option`.
 */
export async function configurePlugins(
  config: ServiceConfig, plugins: readonly LoadedPlugin[], hook: 'plugin_config' | 'plugin_prepare', ask: (plugin: LoadedPlugin, config: ServiceConfig) => unknown,
): Promise<ServiceConfig> {
  let current = config;
  for (const plugin of [...plugins].reverse()) {
    if (plugin[hook] === undefined) continue;
    let result: unknown;
    try {
      result = await ask(plugin, current);
    } catch (error) {
      throw new NksipError('plugin_failed', { plugin: plugin.name, hook, reason: reasonOf(error) }, { cause: error });
    }
    current = changed(current, result, plugin, hook, plugins);
  }
  return current;
}

function changed(before: ServiceConfig, result: unknown, plugin: LoadedPlugin, hook: string, plugins: readonly LoadedPlugin[]): ServiceConfig {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) {
    throw new NksipError('plugin_failed', { plugin: plugin.name, hook, reason: 'it must return the configuration' });
  }
  const changes = Object.entries(result).filter(([option, value]) => option !== 'plugins' && Reflect.get(before, option) !== value);
  const schemas = schemasOf(plugins);
  refuseUnknown(Object.fromEntries(changes), schemas, plugins, []);
  return { ...before, ...Object.fromEntries(changes.map(([option, value]) => [option, parseOne(option, value, schemas)])) };
}

function parseOne(option: string, value: unknown, schemas: readonly z.ZodObject[]): unknown {
  const schema = schemaOf(option, schemas);
  if (schema === undefined) return value;
  const { success, data, error } = z.safeParse(schema, value);
  if (success) return data;
  throw new NksipError('invalid_option', { option, given: givenFor(schema, value), reason: whatIsRight(error.issues[0], schema, value) }, { cause: error });
}

/** Core's schema and those of the plugins; no option has two owners. */
function schemasOf(plugins: readonly LoadedPlugin[]): readonly z.ZodObject[] {
  const owners = new Map<string, string>(['plugins', ...Object.keys(coreOptions.shape)].map((option) => [option, 'core']));
  for (const { name, options } of plugins) {
    for (const option of Object.keys(options.shape)) {
      const owner = owners.get(option);
      if (owner !== undefined) throw new NksipError('invalid_plugin', { plugin: name, reason: `its option '${option}' is one of ${owner} already` });
      owners.set(option, name);
    }
  }
  return [coreOptions, ...plugins.map((plugin) => plugin.options)];
}

function schemaOf(option: string, schemas: readonly z.ZodObject[]): z.core.$ZodType | undefined {
  return schemas.find(({ shape }) => Object.hasOwn(shape, option))?.shape[option];
}

function refuseUnknown(given: object, schemas: readonly z.ZodObject[], plugins: readonly LoadedPlugin[], folders: readonly string[]): void {
  const known = new Set(['plugins', ...schemas.flatMap((schema) => Object.keys(schema.shape))]);
  const option = Object.keys(given).find((name) => !known.has(name));
  if (option === undefined) return;
  const owner = registeredPlugins().find((plugin) => Object.hasOwn(plugin.options.shape, option))?.name ?? installedOwner(option, plugins, folders);
  const instead = insteadOf(option, Reflect.get(given, option));
  // What is a flag of the command has no prefix there.
  const nearest = owner === undefined && instead === undefined ? nearestName(option, known) ?? nearestName(`sip_${option}`, known) : undefined;
  throw new NksipError('unknown_option', { option, plugin: owner, nearest, instead });
}

/** A plugin that is installed and not listed, whose name is in that of the option, as it is in the options of this project's plugins. */
function installedOwner(option: string, plugins: readonly LoadedPlugin[], folders: readonly string[]): string | undefined {
  const listed = new Set(plugins.map((plugin) => plugin.name));
  return installedNames(folders)
    .filter((name) => option.startsWith(`sip_${name.replaceAll('-', '_')}_`) && !listed.has(name))
    .sort((one, other) => other.length - one.length)[0];
}

function parseOwn<S extends z.ZodObject>(schema: S, spec: object, plugin?: string): z.output<S> {
  const own = Object.fromEntries(Object.entries(spec).filter(([name]) => Object.hasOwn(schema.shape, name)));
  const { success, data, error } = schema.safeParse(own);
  if (success) return data;
  const issue = error.issues[0];
  const option = String(issue?.path[0] ?? 'options');
  const [field, given]: [z.core.$ZodType | undefined, unknown] = [schema.shape[option], Reflect.get(own, option)];
  throw new NksipError('invalid_option', { option, given: givenFor(field, given), reason: whatIsRight(issue, field, given), ...(plugin !== undefined && { plugin }) }, { cause: error });
}
