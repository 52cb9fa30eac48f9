import type { Spec } from './assembly.js';
import { NksipError } from './errors.js';
import type { PluginName, ServiceModule, ServiceSpec } from './plugin.js';
import { RunningService, type Service } from './service.js';
import { createUac, type ServiceRef } from './uac/uac.js';

/** Running services by name, and the names of those that are being started: one of the two registries of the process. */
const services = new Map<string, RunningService | 'starting'>();

/**
 * Starts a service under a name that no other one has. Resolves when every listener is bound; `service.addresses` tells the
 * ports that `:0` became. Rejects with a NksipError and nothing left open: `service_exists`, `invalid_service_id`,
 * `unknown_option`, `invalid_option`, `unknown_plugin`, `unknown_callback`, `listen_failed`, `certificate_failed`, `plugin_failed` ...
 */
export function start<const P extends PluginName = never>(id: string, spec: ServiceSpec<P>, module?: ServiceModule<NoInfer<P>>): Promise<Service> {
  return startByName(id, { ...spec }, module);
}

/** `start` for lists of plugins, options and modules that are known only at run time: the same checks, but no types. */
export async function startByName(id: string, spec: Readonly<Record<string, unknown>>, module: object = {}): Promise<Service> {
  if (typeof id !== 'string' || id.trim() === '') throw new NksipError('invalid_service_id', { service: id });
  if (services.has(id)) throw new NksipError('service_exists', { service: id });
  services.set(id, 'starting');
  try {
    const service = await RunningService.start(id, spec, module, () => { services.delete(id); });
    services.set(id, service);
    return service;
  } catch (error) {
    services.delete(id);
    throw error;
  }
}

/** Stops a service; its name is free again when this resolves. Rejects with `service_not_found`. */
export async function stop(service: ServiceRef): Promise<'ok'> {
  return await running(service).stop();
}

/**
 * Merges `options` into those of a running service, all or nothing; an option given as undefined goes back to its default.
 * Requests under way finish as they began. Rejects as `start` does, and the service goes on as before.
 */
export async function update(service: ServiceRef, options: Readonly<Record<string, unknown>>): Promise<'ok'> {
  return await running(service).update(options as Spec);
}

/** The names of all running services. */
export function list(): readonly string[] {
  return [...services].filter(([, service]) => service !== 'starting').map(([id]) => id);
}

/** A value that the application put into the service; undefined if there is none. */
export function get(service: ServiceRef, key: unknown): unknown {
  return running(service).storage.get(key);
}

/** Keeps a value with the service, until it stops. */
export function put(service: ServiceRef, key: unknown, value: unknown): 'ok' {
  running(service).storage.set(key, value);
  return 'ok';
}

export function del(service: ServiceRef, key: unknown): 'ok' {
  running(service).storage.delete(key);
  return 'ok';
}

/** What a plugin of a running service gave to `provide`: for the API of that plugin. Throws `service_not_found` or `unknown_plugin`. */
export function provided(service: ServiceRef, plugin: string): object {
  const api = running(service).provided(plugin);
  if (api === undefined) throw new NksipError('plugin_not_in_service', { plugin, service: idOf(service) });
  return api;
}

/** Sends requests on behalf of a running service. */
export const uac = createUac((service) => running(service).uacHost);

function running(service: ServiceRef): RunningService {
  const id = idOf(service);
  const found = services.get(id);
  if (found === undefined || found === 'starting') throw new NksipError('service_not_found', { service: id });
  return found;
}

function idOf(service: ServiceRef): string {
  return typeof service === 'string' ? service : service.id;
}
