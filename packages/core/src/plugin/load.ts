import { readdirSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NksipError, reasonOf, show } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import type { LoadedPlugin } from './contract.js';
import { orderPlugins } from './order.js';
import { registeredPlugin, registeredPlugins } from './registry.js';
import { kindOf } from '../option/arguments.js';

const scope = '@nksip-ts';
/** A package name, never a path. */
const packageName = /^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/;

/** What somebody may write who takes it for one. */
const path = /^(?:[./~]|[a-z]:[\\/]|file:)|\.[cm]?[jt]s$/i;

/**
 * Where an application has its plugins: beside its configuration file, beside its main module, beside the command that runs it, and in the
 * current folder, in this order.
 */
export function pluginFolders(configuration?: string, command?: string): readonly string[] {
  const main = process.argv[1] === undefined ? undefined : dirname(resolve(process.argv[1]));
  return [...new Set([configuration, main, command, process.cwd()])].filter((folder) => folder !== undefined);
}

/**
 * The plugins listed (names, or what definePlugin returned) with all that they depend on, in the order in which they are asked.
 * A name is looked up among the plugins that were imported; failing that, the package `@nksip-ts/NAME`, then `NAME`, is loaded
 * as seen from the first of the `folders` that has one of them, and its default export taken. A module of Node itself never is.
 * Rejects with `unknown_plugin`, `invalid_plugin`, `plugin_cycle`, or `plugin_failed` when a package throws while it is loaded.
 */
export async function loadPlugins(listed: readonly unknown[], folders: readonly string[] = pluginFolders()): Promise<readonly LoadedPlugin[]> {
  const known = new Map<string, LoadedPlugin>();
  const load = async (entry: unknown, neededBy?: string): Promise<LoadedPlugin> => {
    const plugin = typeof entry === 'string' ? known.get(entry) ?? await pluginNamed(entry, folders, neededBy) : pluginObject(entry);
    if (known.has(plugin.name)) return plugin;
    known.set(plugin.name, plugin);
    for (const name of plugin.plugin_deps) await load(name, plugin.name);
    return plugin;
  };
  const plugins: LoadedPlugin[] = [];
  for (const entry of listed) plugins.push(await load(entry));
  return orderPlugins(plugins, known);
}

function pluginObject(entry: unknown): LoadedPlugin {
  const name: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'name') : undefined;
  const plugin = typeof name === 'string' ? registeredPlugin(name) : undefined;
  if (plugin !== undefined && plugin === entry) return plugin;
  const reason = isOfAnotherCopy(entry) ? anotherCopy : isModule(entry) ? 'it is a module: list its default export' : 'list a name, or what definePlugin returned';
  throw new NksipError('invalid_plugin', { ...(typeof name === 'string' ? { plugin: name } : { kind: kindOf(entry) }), reason });
}

function isModule(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && 'default' in entry;
}

const anotherCopy = 'it was made by another copy of @nksip-ts/core; `npm ls @nksip-ts/core` shows both';

/** What definePlugin returns, and yet it is not registered here. */
function isOfAnotherCopy(entry: unknown): boolean {
  return typeof entry === 'object' && entry !== null && ['name', 'plugin_deps', 'options', 'callback_names', 'callbacks'].every((field) => Object.hasOwn(entry, field));
}

async function pluginNamed(name: string, folders: readonly string[], neededBy: string | undefined): Promise<LoadedPlugin> {
  const plugin = registeredPlugin(name) ?? await loadedByName(name, folders);
  if (plugin !== undefined) return plugin;
  if (path.test(name)) throw new NksipError('unknown_plugin', { plugin: name, reason: 'a path is not looked up: import it, and list its default export' });
  const known = [...registeredPlugins().map((registered) => registered.name), ...installedNames(folders)];
  throw new NksipError('unknown_plugin', { plugin: name, needed_by: neededBy, nearest: nearestName(name, known), folders });
}

async function loadedByName(name: string, folders: readonly string[]): Promise<LoadedPlugin | undefined> {
  if (!packageName.test(name)) return undefined;
  const packages = (name.startsWith('@') ? [name] : [`${scope}/${name}`, name]).filter((candidate) => !isBuiltin(candidate));
  for (const folder of folders) {
    for (const candidate of packages) {
      const file = resolved(folder, name, candidate);
      if (file !== undefined) return await imported(name, candidate, file);
    }
  }
  return undefined;
}

function resolved(folder: string, plugin: string, candidate: string): string | undefined {
  try {
    return createRequire(join(folder, 'package.json')).resolve(candidate);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined;
    throw new NksipError('plugin_failed', { plugin, hook: 'import', reason: reasonOf(error) }, { cause: error });
  }
}

async function imported(name: string, candidate: string, file: string): Promise<LoadedPlugin> {
  let module: unknown;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    throw new NksipError('plugin_failed', { plugin: name, hook: 'import', reason: reasonOf(error) }, { cause: error });
  }
  const found: unknown = typeof module === 'object' && module !== null ? Reflect.get(module, 'default') : undefined;
  const plugin = registeredPlugins().find((registered) => registered === found);
  if (plugin?.name === name) return plugin;
  throw new NksipError('invalid_plugin', { plugin: name, reason: plugin === undefined ? whyNoPlugin(found, name, candidate) : otherName(plugin.name, candidate) });
}

function whyNoPlugin(found: unknown, name: string, candidate: string): string {
  return isOfAnotherCopy(found) ? anotherCopy : `the default export of ${show(candidate)} must be definePlugin({ name: ${show(name)}, ... })`;
}

function otherName(name: string, candidate: string): string {
  const isFound = [name, `${scope}/${name}`].includes(candidate);
  return `the plugin of that package is named ${show(name)}: ${isFound ? 'write that' : `import the package and list its default export, or let it call definePlugin({ name: ${show(candidate)}, ... })`}`;
}

/** Packages of this project that are installed where one of the folders sees them: for a suggestion only. */
export function installedNames(folders: readonly string[]): readonly string[] {
  return [...new Set(folders.flatMap(seenFrom))];
}

function seenFrom(from: string): readonly string[] {
  const names: string[] = [];
  for (let folder = from, above = dirname(from); ; folder = above, above = dirname(folder)) {
    try {
      names.push(...readdirSync(join(folder, 'node_modules', scope)));
    } catch {
      // No such folder here.
    }
    if (above === folder) return names;
  }
}
