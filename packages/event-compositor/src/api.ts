import { NksipError, use, type Service, type SipReply, type SipRequest } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { EventCompositor, Restored } from './event-compositor.js';
import type { Publication, RegPublish, StoreFinding } from './store/contract.js';

export const PLUGIN_NAME = 'event-compositor';

/** Throws `service_not_found`, or `plugin_not_in_service` for a service without the compositor. */
function compositorOf(service: string | Service): EventCompositor {
  if (typeof service !== 'string' && typeof (service as Service | undefined | null)?.id !== 'string') throw new NksipError('service_not_found', { service });
  return use(service, PLUGIN_NAME);
}

/**
 * What a service holds under an address of record and an entity-tag. The address may have a port and parameters: they do not
 * count. Rejects with `service_not_found`, `invalid_aor`, `invalid_argument` for a tag that is no text, or what the store threw.
 */
export async function find(service: string | Service, aor: string | Aor, tag: string): Promise<RegPublish | 'not_found'> {
  return compositorOf(service).find(aor, tag);
}

/**
 * Processes a PUBLISH as RFC 3903 6 says, with the store of the service that received it, and returns what to reply:
 * `['reply', await request(req)]`. Requests to one address of record are taken one after the other, in the order of the calls.
 */
export async function request(req: SipRequest): Promise<SipReply> {
  return compositorOf(req.service).publish(req);
}

/** NkSIP's other name of `request`. */
export { request as process };

/** Removes everything that a service has stored. Rejects with `service_not_found`, or what the store threw. */
export async function clear(service: string | Service): Promise<'ok'> {
  return compositorOf(service).clear();
}

/**
 * Every live publication of a service, or of one address of record: `for await (const { aor, tag, record } of list('server'))`; with
 * 'stored' also what has expired and is kept for its grace (`sip_event_compositor_grace`).
 * Throws at the first step `service_not_found`, `invalid_aor`, or `list_not_supported` if the store that is asked first cannot list.
 */
export async function* list(service: string | Service, aor?: string | Aor, which: 'live' | 'stored' = 'live'): AsyncIterable<Publication> {
  yield* compositorOf(service).list(aor, which);
}

/**
 * All that the store of a service has, as it was at one moment, and what is wrong with it; of all services with `'all'`. Undefined
 * where the store that is asked first cannot tell: `list` then.
 */
export function audit(service: string | Service, which: 'own' | 'all' = 'own'): AsyncIterable<StoreFinding> | undefined {
  return compositorOf(service).audit(which);
}

/** How many publications the store of a service says that it has, those in their grace included; 'unknown' where it cannot tell without listing them. */
export async function count(service: string | Service): Promise<number | 'unknown'> {
  return compositorOf(service).count();
}

/**
 * Puts a publication where it was in another store, under its own tag, until its own `expires` and for the grace of the service, through
 * its store. What is found under its address and tag is left as it is: 'same' or 'different'. (What another process puts there between
 * looking and writing is overwritten.) 'over' if it has expired, and its grace is over.
 */
export async function restore(service: string | Service, publication: Publication): Promise<Restored> {
  return compositorOf(service).restore(publication);
}

/**
 * Removes one publication of a service, or all of an address of record, also what has expired and is in its grace; resolves to how many
 * went. It takes its turn among the requests for the address. Rejects with `service_not_found`, `invalid_aor`, `invalid_argument`, `list_not_supported` if all of an
 * address is to go and the store cannot list, `queue_full`, or what the store threw.
 */
export async function remove(service: string | Service, aor: string | Aor, tag?: string): Promise<number> {
  return compositorOf(service).remove(aor, tag);
}

/** Whether a service keeps its state in the memory of its process, with no other store before the built-in one. */
export function isInMemory(service: string | Service): boolean {
  return compositorOf(service).isInMemory;
}

/** Another process that has the store of a service open, such as 'The process 4711', where its store can tell. */
export function usedBy(service: string | Service): string | undefined {
  return compositorOf(service).usedBy();
}

/** Whether the store of a service has versions: then several processes may share it with tags that stay ('keep'). */
export function hasVersions(service: string | Service): boolean {
  return compositorOf(service).hasVersions;
}

/** The body of a record as UTF-8 text. */
export function textOf(record: RegPublish): string {
  return Buffer.from(record.data.buffer, record.data.byteOffset, record.data.byteLength).toString();
}
