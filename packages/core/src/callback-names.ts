import { coreCallbacks } from './callbacks.js';
import { NksipError } from './errors.js';
import { nearestName } from './nearest-name.js';
import type { LoadedPlugin } from './plugin.js';
import { registeredPlugins } from './plugin-registry.js';

export type Callbacks = Readonly<Record<string, unknown>>;

/** A plugin of a service, what it implements there included. */
export interface Implementation {
  readonly plugin: LoadedPlugin;
  readonly callbacks: Callbacks;
}

/**
 * The callbacks that somebody asks: core's, and those that the plugins bring. A plugin's name that looks like a misspelt one
 * of core or of what it depends on is refused, unless its callback_names say that it is meant.
 */
export function knownCallbacks(implementations: readonly Implementation[]): ReadonlySet<string> {
  const known = new Set(Object.keys(coreCallbacks));
  for (const { plugin, callbacks } of [...implementations].reverse()) {
    for (const name of Object.keys(callbacks)) {
      refuseNoFunction(name, plugin.name, callbacks[name]);
      const nearest = known.has(name) || plugin.callback_names.includes(name) ? undefined : nearestName(name, [...known]);
      if (nearest !== undefined) throw new NksipError('unknown_callback', { callback: name, owner: plugin.name, nearest });
      known.add(name);
    }
  }
  return known;
}

/**
 * The callbacks of a service's own module. What starts with `sip_` and is asked by nobody is refused, and so is what looks like a
 * misspelt name; anything else that the module exports is its own affair.
 */
export function moduleCallbacks(service: string, module: object, known: ReadonlySet<string>): Callbacks {
  const callbacks: Record<string, unknown> = {};
  for (const name of known) {
    const implementation: unknown = Reflect.get(module, name);
    if (implementation === undefined) continue;
    refuseNoFunction(name, service, implementation);
    callbacks[name] = implementation;
  }
  for (const name of Object.keys(module)) if (!known.has(name)) refuseMisspelt(name, service, known);
  return callbacks;
}

function refuseMisspelt(callback: string, owner: string, known: ReadonlySet<string>): void {
  const nearest = nearestName(callback, [...known]);
  if (nearest === undefined && !callback.startsWith('sip_')) return;
  throw new NksipError('unknown_callback', { callback, owner, nearest, plugin: whoAsks(callback, known) });
}

/** The registered plugin whose callback this is, if it is one by its own word. */
function whoAsks(callback: string, known: ReadonlySet<string>): string | undefined {
  return known.has(callback) ? undefined : registeredPlugins().find((plugin) => plugin.callback_names.includes(callback))?.name;
}

function refuseNoFunction(callback: string, owner: string, value: unknown): void {
  if (typeof value !== 'function') throw new NksipError('invalid_callback', { callback, owner });
}
