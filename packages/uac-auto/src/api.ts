import { NksipError, use, type ServiceRef } from '@nksip-ts/core';
import type { KeptPublication, KeptRegistration, PublicationUpdate, RegistrationUpdate } from './kept.js';
import type { StartPublishOptions } from './publication.js';
import type { StartRegisterOptions } from './registration.js';

export const PLUGIN_NAME = 'uac-auto';

/** The same for one service, for plugins that depend on it: `service.use('uac-auto')`. */
export interface UacAuto {
  startRegister(id: string, uri: string, options?: StartRegisterOptions): Promise<RegistrationUpdate>;
  stopRegister(id: string): Promise<RegistrationUpdate | 'not_found'>;
  registrations(): readonly KeptRegistration[];
  startPublish(id: string, uri: string, options: StartPublishOptions): Promise<PublicationUpdate>;
  changePublish(id: string, body: string | Uint8Array): Promise<PublicationUpdate | 'not_found'>;
  stopPublish(id: string): Promise<PublicationUpdate | 'not_found'>;
  publications(): readonly KeptPublication[];
  refresh(): void;
}

/** Throws `service_not_found`, or `plugin_not_in_service` for a service without the plugin. */
function uacAutoOf(service: ServiceRef): UacAuto {
  if (typeof service !== 'string' && typeof (service as { id?: unknown } | undefined | null)?.id !== 'string') throw new NksipError('service_not_found', { service });
  return use(typeof service === 'string' ? service : service.id, PLUGIN_NAME);
}

/**
 * Registers a contact and keeps it registered until `stopRegister`, or until it is refused for good. `id`: a name of your own. `uri` and `options` are
 * those of `uac.register`. Resolves when the first REGISTER was answered, or not in time: `ok`, and if it is not, `state` 'retrying' or
 * 'ended'. Rejects with what `uac.register` does, `uac_auto_id_in_use`, or `queue_full` beyond `sip_uac_auto_max_kept`.
 */
export async function startRegister(service: ServiceRef, id: string, uri: string, options?: StartRegisterOptions): Promise<RegistrationUpdate> {
  return await uacAutoOf(service).startRegister(id, uri, options);
}

/** Waits for the REGISTER that is under way, and removes the contact. Resolves when that was answered; `result` is absent if the contact was not registered. */
export async function stopRegister(service: ServiceRef, id: string): Promise<RegistrationUpdate | 'not_found'> {
  return await uacAutoOf(service).stopRegister(id);
}

/** All registrations that the service keeps alive; NkSIP's `get_registers`. */
export function registrations(service: ServiceRef): readonly KeptRegistration[] {
  return uacAutoOf(service).registrations();
}

/**
 * Publishes state and keeps it published until `stopPublish`, or until it is refused for good; otherwise as `startRegister`. `uri` and `options`
 * are those of `uac.publish`; `sip_if_match` is the tag of what a former run of the program published.
 */
export async function startPublish(service: ServiceRef, id: string, uri: string, options: StartPublishOptions): Promise<PublicationUpdate> {
  return await uacAutoOf(service).startPublish(id, uri, options);
}

/**
 * Publishes another body in place of the last one: as soon as the request under way was answered, and not sooner than a second after it was sent.
 * Only the newest body is sent. Resolves when a request with it, or with a newer one, was answered.
 */
export async function changePublish(service: ServiceRef, id: string, body: string | Uint8Array): Promise<PublicationUpdate | 'not_found'> {
  return await uacAutoOf(service).changePublish(id, body);
}

/** Waits for the PUBLISH that is under way, and removes the publication with its tag. Otherwise as `stopRegister`. */
export async function stopPublish(service: ServiceRef, id: string): Promise<PublicationUpdate | 'not_found'> {
  return await uacAutoOf(service).stopPublish(id);
}

/** All publications that the service keeps alive. */
export function publications(service: ServiceRef): readonly KeptPublication[] {
  return uacAutoOf(service).publications();
}

/** Refreshes everything now, for example since the network has changed; only what a server asked to wait with (Retry-After) waits. */
export function refresh(service: ServiceRef): void {
  uacAutoOf(service).refresh();
}
