import type { ReplyOptions, SipReply } from '@nksip-ts/core';
import { formatNameAddr } from '@nksip-ts/sip';
import type { RegContact } from '../store/contract.js';

/**
 * RFC 3261 10.3 step 8: the 200 has all registered contacts, each with its remaining time, and should have a Date; RFC 3327 5.3: also the
 * Path of the request. `now` in milliseconds since 1970.
 */
export function registered(contacts: readonly RegContact[], path: readonly string[], now: number, log?: ReplyOptions['log']): SipReply {
  const add: Record<string, string> = {};
  if (contacts.length > 0) add['Contact'] = contactsText(contacts, now);
  if (path.length > 0) add['Path'] = path.join(', ');
  add['Date'] = dateOf(Math.floor(now / 1000));
  return ['ok', log === undefined ? { add } : { add, log }];
}

let dated = -1;
let date = '';

/** Made once a second: it took as long as all the rest of the response. */
function dateOf(second: number): string {
  if (second !== dated) date = new Date(1000 * second).toUTCString();
  dated = second;
  return date;
}

function contactsText(contacts: readonly RegContact[], now: number): string {
  let text = '';
  for (const contact of contacts) text += text === '' ? contactText(contact, now) : `, ${contactText(contact, now)}`;
  return text;
}

function contactText({ contact, q, instance, reg_id, params, expires }: RegContact, now: number): string {
  // Most have nothing else, and need no Map.
  if (q === undefined && instance === undefined && reg_id === undefined && params === undefined) return `<${contact}>;expires=${secondsLeft(expires, now)}`;
  return formatNameAddr({
    uri: contact,
    params: new Map([
      ...(q === undefined ? [] : [['q', String(q)] as const]),
      ...(instance === undefined ? [] : [['+sip.instance', instance] as const]),
      ...(reg_id === undefined ? [] : [['reg-id', String(reg_id)] as const]),
      ...Object.entries(params ?? {}),
      ['expires', String(secondsLeft(expires, now))],
    ]),
  });
}

/** In whole seconds, rounded down, but at least 1: 0 would mean removed. */
function secondsLeft(expires: number, now: number): number {
  return Math.max(1, Math.floor(Math.round(expires * 1000 - now) / 1000));
}
