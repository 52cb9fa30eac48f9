import type { BuiltService, ServicePlugin } from './build.js';
import type { ServiceConfig } from '../option/core-options.js';
import { NksipError, reasonOf } from '../errors.js';

type Hook = 'plugin_start' | 'plugin_stop' | 'plugin_update';

async function run(plugin: ServicePlugin, hook: Hook, body: () => unknown): Promise<void> {
  try {
    await body();
  } catch (error) {
    throw new NksipError('plugin_failed', { plugin: plugin.plugin.name, hook, reason: reasonOf(error) }, { cause: error });
  }
}

/** Starts plugins, dependencies first. If one fails those before it are stopped again. `plugins`: dependents first. */
export async function startPlugins(plugins: readonly ServicePlugin[], fault: (error: unknown) => void): Promise<void> {
  const started: ServicePlugin[] = [];
  try {
    for (const one of [...plugins].reverse()) {
      await run(one, 'plugin_start', () => one.plugin.plugin_start?.(one.context));
      started.unshift(one);
    }
  } catch (error) {
    await stopPlugins(started, fault);
    throw error;
  }
}

/** Stops plugins, dependents first. One that fails is told and does not keep the others from stopping. */
export async function stopPlugins(plugins: readonly ServicePlugin[], fault: (error: unknown) => void): Promise<void> {
  for (const one of plugins) {
    await run(one, 'plugin_stop', () => one.plugin.plugin_stop?.(one.context)).catch(fault);
  }
}

/** Nothing is left of plugins that are stopped. */
export function closePlugins(plugins: readonly ServicePlugin[]): void {
  for (const { context } of plugins) context.close();
}

/** What an update does to the service itself. */
export interface Change {
  /** Listens as the new configuration has it, or throws and listens as before. */
  listen(): Promise<void>;
  /** Puts the new service into force: from the next request on. */
  install(): void;
  fault(error: unknown): void;
}

/**
 * From one built service to the next, all or nothing: new plugins are started, the plugins that stay told, the listeners changed; only
 * then the new chains hold, and only then the plugins that go are stopped. What fails on the way undoes what was done before it.
 */
export async function applyChange(before: BuiltService, after: BuiltService, change: Change): Promise<void> {
  const added = after.plugins.filter((one) => !before.plugins.includes(one));
  const removed = before.plugins.filter((one) => !after.plugins.includes(one));
  const kept = after.plugins.filter((one) => before.plugins.includes(one));
  for (const one of added) one.context.install(after.config, after.rules.chains);
  await startPlugins(added, change.fault);
  const told: ServicePlugin[] = [];
  try {
    for (const one of [...kept].reverse()) {
      await tell(one, after.config, before.config);
      told.unshift(one);
    }
    await change.listen();
  } catch (error) {
    for (const one of told) await tell(one, before.config, after.config).catch(change.fault);
    await stopPlugins(added, change.fault);
    throw error;
  }
  change.install();
  await stopPlugins(removed, change.fault);
  closePlugins(removed);
}

function tell(one: ServicePlugin, now: ServiceConfig, before: ServiceConfig): Promise<void> {
  return run(one, 'plugin_update', () => one.plugin.plugin_update?.(now, before, one.context));
}
