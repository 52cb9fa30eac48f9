import { NksipError } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import { pluginFolders } from '../plugin/load.js';
import type { ApiOf, PluginName, ServiceChange, ServiceModule, ServiceSpec } from '../plugin/contract.js';
import { RunningService } from './running-service.js';
import type { Service } from './service.js';
import { refuseArgument, wrongOptions } from '../option/arguments.js';
import { wrongFolders, wrongModule } from '../plugin/start-arguments.js';
import { createSubscriptionsApi, createSubscriptionUac, type SubscriptionUac } from '../subscription/subscription-uac.js';
import { createUac, type ServiceRef, type Uac } from '../uac/uac.js';

/**
 * Services by name, from when a request may reach them, and before that the names of those that are being started: one of the two
 * registries of the process.
 */
const services = new Map<string, RunningService | 'starting'>();

const printable = /^[^\u0000-\u001f\u007f]{1,255}$/;

/**
 * Starts a service under a name that no other one has. Resolves when every listener is bound; `service.addresses` tells the
 * ports that `:0` became. Rejects with a NksipError and nothing left open: `service_exists`, `invalid_service_id`,
 * `unknown_option`, `invalid_option`, `unknown_plugin`, `unknown_callback`, `listen_failed`, `certificate_failed`, `plugin_failed` ...
 */
export function start<const P extends PluginName = never>(id: string, spec: ServiceSpec<P>, module?: ServiceModule<NoInfer<P>>): Promise<Service<NoInfer<P>>> {
  return startUnder(id, spec, module);
}

/**
 * `start` for lists of plugins, options and modules that are known only at run time: the same checks, but no types. `folders`: where
 * plugins are looked for by name, the first one first (`pluginFolders` has those of an application).
 */
export function startByName(id: string, spec: Readonly<Record<string, unknown>>, module?: object, folders?: readonly string[]): Promise<Service> {
  return startUnder(id, spec, module, folders);
}

async function startUnder(id: string, spec: object = {}, module: object = {}, folders: readonly string[] = pluginFolders()): Promise<RunningService> {
  if (typeof id !== 'string' || id.trim() === '' || !printable.test(id)) throw new NksipError('invalid_service_id', { service: id });
  if (services.has(id)) throw new NksipError('service_exists', { service: id });
  refuseArgument('options', spec, wrongOptions(spec));
  refuseArgument('module', module, wrongModule(module));
  refuseArgument('folders', folders, wrongFolders(folders));
  services.set(id, 'starting');
  try {
    return await RunningService.start(id, { ...spec }, module, folders, {
      opening: (service) => { services.set(id, service); },
      stopped: () => { services.delete(id); },
    });
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
 * Stops a service gently: no new connections, new requests are answered 503 with Retry-After, those under way are finished within
 * `sip_drain_timeout`. Resolves when it is stopped: 'timeout' if something was cut off. Rejects with `service_not_found`.
 */
export async function drain(service: ServiceRef): Promise<'ok' | 'timeout'> {
  return await running(service).drain();
}

/**
 * Merges `options` into those of a running service, all or nothing; an option given as undefined goes back to its default.
 * Requests under way finish as they began. Rejects as `start` does, and the service goes on as before. The types know the options of
 * the plugins that `start` was given, and of those in `options`; of a service by its name, those of all plugins that are imported. A
 * `Record<string, unknown>` is checked when this is called, no sooner.
 */
export async function update<P extends PluginName = PluginName, const Q extends PluginName = P>(service: ServiceRef | Service<P>, options: ServiceChange<P, Q>): Promise<'ok'> {
  const found = running(service);
  refuseArgument('options', options, wrongOptions(options));
  return await found.update({ ...options });
}

/** The names of all running services. */
export function list(): readonly string[] {
  return [...services].filter(([, service]) => service !== 'starting' && service.isOpen).map(([id]) => id);
}

/** A value that the application put into the service; undefined if there is none. */
export function get(service: ServiceRef, key: unknown): unknown {
  return present(service).storage.get(key);
}

/** Keeps a value with the service, until it stops. */
export function put(service: ServiceRef, key: unknown, value: unknown): 'ok' {
  present(service).storage.set(key, value);
  return 'ok';
}

export function del(service: ServiceRef, key: unknown): 'ok' {
  present(service).storage.delete(key);
  return 'ok';
}

/** What a plugin of a running service offers: `api` of its entry in `Plugins`. Throws `service_not_found` or `plugin_not_in_service`. */
export function use<P extends PluginName>(service: ServiceRef, plugin: P): ApiOf<P> {
  const api = present(service).apiOf(plugin);
  if (api === undefined) throw new NksipError('plugin_not_in_service', { plugin, service: idOf(service) });
  return api as ApiOf<P>;
}

/** Sends requests on behalf of a running service. */
export const uac: Uac & SubscriptionUac = {
  ...createUac((service) => running(service).uacHost),
  ...createSubscriptionUac((service) => running(service).subscriptions),
};

/** Looks at the subscriptions of a running service. */
export const subscriptions = createSubscriptionsApi((service) => running(service).subscriptions);

/** One whose start is over: before that it can neither be stopped nor changed. */
function running(service: ServiceRef): RunningService {
  const found = present(service);
  if (!found.isOpen) throw notFound(found.id);
  return found;
}

/** One that may have requests already, whose callbacks ask for it by name. */
function present(service: ServiceRef): RunningService {
  const id = idOf(service);
  const found = typeof id === 'string' ? services.get(id) : undefined;
  if (found === undefined || found === 'starting') throw notFound(id);
  return found;
}

function notFound(service: unknown): NksipError {
  return new NksipError('service_not_found', { service, nearest: nearestName(service, list()) });
}

/** The name; of what has none, that itself. */
function idOf(service: unknown): unknown {
  const id: unknown = typeof service === 'object' && service !== null && 'id' in service ? service.id : undefined;
  return typeof id === 'string' ? id : service;
}
