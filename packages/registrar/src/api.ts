import { NksipError, use, type MaybePromise, type Service, type SipReply, type SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { RegContact, Registered } from './store/contract.js';

export const PLUGIN_NAME = 'registrar';

/**
 * The registrar of one service, for plugins that depend on it: `service.use('registrar')`. The functions of the package, which applications
 * call with a service, do the same.
 */
export interface Registrar {
  /** The reply to a REGISTER; not a promise if the store is synchronous. Never throws. */
  register(req: SipRequest): MaybePromise<SipReply>;
  find(aor: string | Aor): Promise<readonly RegContact[]>;
  remove(aor: string | Aor): Promise<'ok' | 'not_found'>;
  clear(): Promise<'ok'>;
  /** Every address that has a contact, in no particular order; undefined if the store that is asked first cannot list. */
  list(): AsyncIterable<Registered> | undefined;
  /** How many addresses have one, those included that have just expired; 'unknown' where that cannot be told without listing them. */
  count(): Promise<number | 'unknown'>;
  isRegistered(req: SipRequest): MaybePromise<boolean>;
}

/** Throws `service_not_found`, or `plugin_not_in_service` for a service without the registrar. */
function registrarOf(service: string | Service): Registrar {
  if (typeof service !== 'string' && typeof (service as Service | undefined | null)?.id !== 'string') throw new NksipError('service_not_found', { service });
  return use(service, PLUGIN_NAME);
}

/**
 * The contacts that are registered for an address of record, the last one first; an empty list if there is none. A port and
 * parameters of the address are ignored. Rejects with `service_not_found`, `invalid_aor`, or what the store threw.
 */
export async function find(service: string | Service, aor: string | Aor): Promise<readonly RegContact[]> {
  return registrarOf(service).find(aor);
}

/** The same in groups of equal q, the highest first. A contact without q counts as 1. */
export async function qfind(service: string | Service, aor: string | Aor): Promise<readonly (readonly RegContact[])[]> {
  const groups = new Map<number, RegContact[]>();
  for (const contact of await registrarOf(service).find(aor)) {
    const { q = 1 } = contact;
    const group = groups.get(q);
    if (group === undefined) groups.set(q, [contact]);
    else group.push(contact);
  }
  return [...groups].sort(([one], [other]) => other - one).map(([, group]) => group);
}

/**
 * Removes all contacts of an address, after the requests for it that are waiting already; NkSIP's `delete`. Resolves to 'not_found' if there are none.
 * Rejects with `service_not_found`, `invalid_aor`, `queue_full`, or what the store threw.
 */
export async function remove(service: string | Service, aor: string | Aor): Promise<'ok' | 'not_found'> {
  return registrarOf(service).remove(aor);
}

/** Removes everything that is registered at a service. Rejects with `service_not_found`, or what the store threw. */
export async function clear(service: string | Service): Promise<'ok'> {
  return registrarOf(service).clear();
}

/**
 * Whether a request comes from the transport, address and port from which a contact of its From was registered. Over UDP that proves nothing, since
 * addresses can be forged. Always false for a REGISTER, and for requests that came through a proxy. Rejects with what the store threw.
 */
export async function isRegistered(req: SipRequest): Promise<boolean> {
  return registrarOf(req.service).isRegistered(req);
}

/**
 * Processes a REGISTER as RFC 3261 10.3 says, with the store of the service that received it, and returns what to reply:
 * `['reply', await request(req)]`. Requests for one address of record are taken one after the other, in the order of the calls.
 */
export async function request(req: SipRequest): Promise<SipReply> {
  return registrarOf(req.service).register(req);
}

/** NkSIP's other name of `request`. */
export { request as process };
