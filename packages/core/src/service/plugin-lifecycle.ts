import type { BuiltService } from './build.js';
import { closePlugins, startPlugins, stopPlugins, tellPlugin, type ServicePlugin } from './plugin-hooks.js';

/** What an update does to the service itself. */
export interface Change {
  /** Lets plugins that are new see the service as it will be. */
  show(added: readonly ServicePlugin[]): void;
  /** Listens as the new configuration has it, or throws and listens as before. */
  listen(): Promise<void>;
  /** Puts the new service into force: from the next request on. */
  install(): void;
  /** Lets plugins that go say goodbye. */
  drain(removed: readonly ServicePlugin[]): Promise<void>;
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
  change.show(added);
  await startPlugins(added, change.fault);
  const told: ServicePlugin[] = [];
  try {
    for (const one of [...kept].reverse()) {
      await tellPlugin(one, after.config, before.config);
      told.unshift(one);
    }
    await change.listen();
  } catch (error) {
    for (const one of told) await tellPlugin(one, before.config, after.config).catch(change.fault);
    await stopPlugins(added, change.fault);
    throw error;
  }
  change.install();
  await change.drain(removed);
  await stopPlugins(removed, change.fault);
  closePlugins(removed);
}
