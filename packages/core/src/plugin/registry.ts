import { NksipError } from '../errors.js';
import type { LoadedPlugin } from './contract.js';

/** Plugins by name. One of the two registries of the process; the other one holds the running services. */
const plugins = new Map<string, LoadedPlugin>();

/** Makes a plugin known by its name. The same one twice is fine; another one of that name throws `duplicate_plugin`. */
export function registerPlugin(plugin: LoadedPlugin): void {
  const known = plugins.get(plugin.name);
  if (known !== undefined && known !== plugin) throw new NksipError('duplicate_plugin', { plugin: plugin.name });
  plugins.set(plugin.name, plugin);
}

export function registeredPlugin(name: string): LoadedPlugin | undefined {
  return plugins.get(name);
}

export function registeredPlugins(): readonly LoadedPlugin[] {
  return [...plugins.values()];
}
