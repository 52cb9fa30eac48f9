import { coreCallbacks } from '../callback/callbacks.js';
import { NksipError, show } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import type { LoadedPlugin } from './contract.js';
import { registeredPlugins } from './registry.js';
import { insteadOfCallback, wrongCallback } from './start-arguments.js';

export type Callbacks = Readonly<Record<string, unknown>>;

/** A plugin of a service, what it implements there included. */
export interface Implementation {
  readonly plugin: LoadedPlugin;
  readonly callbacks: Callbacks;
}

/**
 * The callbacks that somebody asks: core's, and those that the plugins bring. A plugin's name that looks like a misspelt one
 * of core or of a plugin before it is refused, unless its callback_names say that it is meant; so is the callback of a plugin
 * that it does not depend on, for then the order of the two would be an accident.
 */
export function knownCallbacks(implementations: readonly Implementation[]): ReadonlySet<string> {
  const broughtBy = new Map(Object.keys(coreCallbacks).map((name) => [name, 'core']));
  const closures = new Map<string, ReadonlySet<string>>();
  for (const { plugin, callbacks } of [...implementations].reverse()) {
    const below = new Set(['core', ...[...plugin.plugin_deps, ...plugin.plugin_optional_deps].flatMap((name) => [name, ...(closures.get(name) ?? [])])]);
    closures.set(plugin.name, below);
    const before = [...broughtBy.keys()];
    for (const [name, callback] of Object.entries(callbacks)) {
      refuseNoFunction(name, plugin.name, callback);
      const owner = broughtBy.get(name);
      if (owner === undefined) refuseLookalike(name, plugin, before);
      else if (!below.has(owner)) throw new NksipError('invalid_plugin', { plugin: plugin.name, reason: `it implements '${name}' of '${owner}': name that in plugin_deps` });
      if (owner === undefined) broughtBy.set(name, plugin.name);
    }
  }
  return new Set(broughtBy.keys());
}

function refuseLookalike(callback: string, plugin: LoadedPlugin, known: readonly string[]): void {
  if (plugin.callback_names.includes(callback)) return;
  const instead = insteadOfCallback(callback);
  const nearest = instead === undefined ? nearestName(callback, known) : undefined;
  if (instead !== undefined || nearest !== undefined) throw new NksipError('unknown_callback', { callback, owner: plugin.name, nearest, instead });
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
  for (const name of namesOf(module)) if (!known.has(name)) refuseMisspelt(name, service, known);
  return callbacks;
}

/** Of an object of a class its methods, too. */
function namesOf(module: object): string[] {
  const names = Object.keys(module);
  for (let of: unknown = Object.getPrototypeOf(module); typeof of === 'object' && of !== null && of !== Object.prototype; of = Object.getPrototypeOf(of)) {
    names.push(...Object.getOwnPropertyNames(of).filter((name) => name !== 'constructor'));
  }
  return names;
}

/** A module that was given and has none of the callbacks that are asked: a sentence; undefined: it has some, or is an empty object. */
export function whyNoCallbacks(module: object, known: Iterable<string>): string | undefined {
  const names = namesOf(module);
  const isEmptyObject = names.length === 0 && !(Symbol.toStringTag in module);
  if (isEmptyObject || [...known].some((name) => name in module)) return undefined;
  const has = names.length === 0 ? 'exports nothing' : `has only ${names.slice(0, 5).map((name) => show(name)).join(', ')}`;
  return `The module that start was given has no callback: it ${has}. Callbacks are functions by the names that are asked, such as sip_authorize.`;
}

function refuseMisspelt(callback: string, owner: string, known: ReadonlySet<string>): void {
  const instead = insteadOfCallback(callback);
  const nearest = instead !== undefined ? undefined : known.has(`sip_${callback}`) ? `sip_${callback}` : nearestName(callback, [...known]);
  if (nearest === undefined && !callback.startsWith('sip_')) return;
  throw new NksipError('unknown_callback', { callback, owner, nearest, instead, plugin: whoAsks(callback, known) });
}

/** The registered plugin whose callback this is, if it is one by its own word. */
function whoAsks(callback: string, known: ReadonlySet<string>): string | undefined {
  return known.has(callback) ? undefined : registeredPlugins().find((plugin) => plugin.callback_names.includes(callback))?.name;
}

function refuseNoFunction(callback: string, owner: string, value: unknown): void {
  if (typeof value !== 'function') throw new NksipError('invalid_callback', { callback, owner, reason: wrongCallback(value) });
}
