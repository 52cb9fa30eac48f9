import type { ReplyOptions, SipReply } from '@nksip-ts/core';
import { formatNameAddr } from '@nksip-ts/sip';
import type { RegContact } from '../store/contract.js';

/**
 * RFC 3261 10.3 step 8: the 200 has all registered contacts, each with its remaining time, and should have a Date; RFC 3327 5.3: also the
 * Path of the request. `now` in milliseconds since 1970.
 */
export function registered(contacts: readonly RegContact[], path: readonly string[], now: number, log?: ReplyOptions['log']): SipReply {
  const add = {
    ...(contacts.length > 0 && { Contact: contacts.map((contact) => contactText(contact, now)).join(', ') }),
    ...(path.length > 0 && { Path: path.join(', ') }),
    Date: new Date(now).toUTCString(),
  };
  return ['ok', log === undefined ? { add } : { add, log }];
}

function contactText({ contact, q, instance, reg_id, params = {}, expires }: RegContact, now: number): string {
  return formatNameAddr({
    uri: contact,
    params: new Map([
      ...(q === undefined ? [] : [['q', String(q)] as const]),
      ...(instance === undefined ? [] : [['+sip.instance', instance] as const]),
      ...(reg_id === undefined ? [] : [['reg-id', String(reg_id)] as const]),
      ...Object.entries(params),
      ['expires', String(secondsLeft(expires, now))],
    ]),
  });
}

/** In whole seconds, rounded down, but at least 1: 0 would mean removed. */
function secondsLeft(expires: number, now: number): number {
  return Math.max(1, Math.floor(Math.round(expires * 1000 - now) / 1000));
}
