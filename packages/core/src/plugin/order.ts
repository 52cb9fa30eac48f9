import { NksipError } from '../errors.js';

/** What the order depends on. */
interface Ordered {
  readonly name: string;
  readonly plugin_deps: readonly string[];
  /** They count where they are there. */
  readonly plugin_optional_deps?: readonly string[];
}

function dependsOn({ plugin_deps, plugin_optional_deps = [] }: Ordered, name: string): boolean {
  return plugin_deps.includes(name) || plugin_optional_deps.includes(name);
}

/**
 * The plugins listed and all that they depend on, in the order in which they are asked: dependents before what they depend on,
 * otherwise as listed; one that is not listed counts as listed right behind the first that needs it.
 * Throws `plugin_cycle`, or `unknown_plugin` for a dependency that `known` does not hold.
 */
export function orderPlugins<P extends Ordered>(listed: readonly P[], known: ReadonlyMap<string, P>): readonly P[] {
  const waiting = withDependencies(listed, known);
  const ordered: P[] = [];
  while (waiting.length > 0) {
    const next = waiting.findIndex((plugin) => !waiting.some((other) => dependsOn(other, plugin.name)));
    if (next === -1) throw new NksipError('plugin_cycle', { path: cycleAmong(waiting) });
    ordered.push(...waiting.splice(next, 1));
  }
  return ordered;
}

function withDependencies<P extends Ordered>(listed: readonly P[], known: ReadonlyMap<string, P>): P[] {
  const all = new Map<string, P>();
  const add = (plugin: P): void => {
    if (all.has(plugin.name)) return;
    all.set(plugin.name, plugin);
    for (const name of plugin.plugin_deps) {
      const dependency = known.get(name);
      if (dependency === undefined) throw new NksipError('unknown_plugin', { plugin: name, needed_by: plugin.name });
      add(dependency);
    }
  };
  for (const plugin of listed) add(plugin);
  return [...all.values()];
}

/** Some circle; each of `plugins` is needed by another one of them, so that going from one to who needs it never ends. */
function cycleAmong(plugins: readonly Ordered[]): readonly string[] {
  const seen: string[] = [];
  let at = plugins[0]?.name;
  while (at !== undefined && !seen.includes(at)) {
    seen.push(at);
    const name = at;
    at = plugins.find((plugin) => dependsOn(plugin, name))?.name;
  }
  if (at === undefined) return seen;
  return [at, ...seen.slice(seen.indexOf(at)).reverse()];
}
