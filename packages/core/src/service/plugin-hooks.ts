import type { ServiceConfig } from '../option/core-options.js';
import { NksipError, reasonOf } from '../errors.js';
import type { Implementation } from '../plugin/check-callbacks.js';
import type { LoadedPlugin } from '../plugin/contract.js';
import type { PluginContext } from '../plugin/context.js';
import { inTime } from './in-time.js';

/** A plugin in a service, whose callbacks may not be made yet. */
export interface Hosted {
  readonly plugin: LoadedPlugin;
  readonly context: PluginContext;
}

/** A plugin in a service. Across updates it stays the same object for as long as the plugin stays. */
export type ServicePlugin = Hosted & Implementation;

type Fault = (error: unknown) => void;
type Hook = 'plugin_start' | 'plugin_drain' | 'plugin_stop' | 'plugin_update';

async function run({ plugin }: Hosted, hook: Hook, body: () => unknown): Promise<void> {
  try {
    await body();
  } catch (error) {
    throw new NksipError('plugin_failed', { plugin: plugin.name, hook, reason: reasonOf(error) }, { cause: error });
  }
}

/** Starts plugins, dependencies first. If one fails those that are open are stopped again. `plugins`: dependents first. */
export async function startPlugins(plugins: readonly Hosted[], fault: Fault): Promise<void> {
  try {
    for (const one of [...plugins].reverse()) {
      await run(one, 'plugin_start', () => one.plugin.plugin_start?.(one.context));
      one.context.isOpen = true;
    }
  } catch (error) {
    await stopPlugins(plugins, fault);
    throw error;
  }
}

/** Stops those plugins that are open, dependents first. One that fails is told and does not keep the others from stopping. */
export async function stopPlugins(plugins: readonly Hosted[], fault: Fault): Promise<void> {
  for (const one of plugins) {
    if (!one.context.isOpen) continue;
    one.context.isOpen = false;
    await run(one, 'plugin_stop', () => one.plugin.plugin_stop?.(one.context)).catch(fault);
  }
}

/** All at once, dependents begin. One that fails, or takes longer than so many milliseconds, is told. */
export async function drainPlugins(plugins: readonly Hosted[], how: 'drain' | 'stop', milliseconds: number, fault: Fault): Promise<void> {
  await Promise.all(plugins.map((one) => drainOne(one, how, milliseconds).catch(fault)));
}

async function drainOne(one: Hosted, how: 'drain' | 'stop', milliseconds: number): Promise<void> {
  const { plugin, context } = one;
  if (plugin.plugin_drain === undefined) return;
  const outcome = await inTime(run(one, 'plugin_drain', () => plugin.plugin_drain?.(how, context)), milliseconds);
  if (outcome === 'timeout') throw new NksipError('timeout', { plugin: plugin.name, what: `plugin_drain of '${plugin.name}'`, seconds: milliseconds / 1000 });
}

/** Tells a plugin that its options change. */
export function tellPlugin(one: Hosted, now: ServiceConfig, before: ServiceConfig): Promise<void> {
  return run(one, 'plugin_update', () => one.plugin.plugin_update?.(now, before, one.context));
}

/** Nothing is left of plugins that are stopped. */
export function closePlugins(plugins: readonly Hosted[]): void {
  for (const { context } of plugins) context.close();
}
