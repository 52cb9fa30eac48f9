import { Refused } from '@nksip-ts/core';
import { parseUri, sameUri } from '@nksip-ts/sip';
import type { RegContact } from '../store/contract.js';
import type { Policy } from './policy.js';
import { isFlow, tooManyContacts, type AskedContact, type RegisterRequest } from './request.js';

/** The contacts after a REGISTER that is not refused. */
export interface Decision {
  /** The last registered one first. */
  readonly contacts: readonly RegContact[];
  /** Whether they differ from those before. */
  readonly isChanged: boolean;
}

/**
 * RFC 3261 10.3 step 7: if the CSeq is not higher, "the update MUST be aborted and the request fails", which is a 500 by step 8. The reason
 * phrase is NkSIP's.
 */
const oldCSeq = new Refused([500, { reason_phrase: 'Rejected Old CSeq' }]);

/**
 * Steps 6 to 8 of RFC 3261 10.3: all changes or none. Pure.
 *
 * @param stored the stored contacts of the address, in any order
 * @param now milliseconds since 1970
 */
export function decide(policy: Policy, request: RegisterRequest, stored: readonly RegContact[], now: number): Decision | Refused {
  const before = stored.filter((contact) => isLive(contact, now));
  const { asked } = request;
  if (asked === 'all') return before.some((contact) => isOld(contact, request)) ? oldCSeq : { contacts: [], isChanged: before.length > 0 };
  if (asked.length === 0) return { contacts: before, isChanged: false };
  let kept = before;
  let made: RegContact[] = [];
  for (const one of asked) {
    const others: RegContact[] = [];
    for (const contact of kept) {
      if (!isSame(contact, one)) others.push(contact);
      else if (isOld(contact, request)) return oldCSeq;
    }
    kept = others;
    // If the request has a contact twice, the last one counts.
    if (made.length > 0) made = made.filter((other) => !isSame(other, one));
    if (one.lifetime > 0) made.push(madeOf(one, request, now));
  }
  const contacts = [...made, ...kept];
  if (contacts.length > policy.maxContacts && contacts.length > before.length) return tooManyContacts;
  return { contacts, isChanged: made.length > 0 || kept.length < before.length };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function madeOf({ contact, lifetime, q, instance, reg_id, params }: AskedContact, { callId, cseq, path, source }: RegisterRequest, now: number): RegContact {
  const made: Writable<RegContact> = { contact, expires: now / 1000 + lifetime, call_id: callId, cseq };
  if (source !== undefined) made.source = source;
  if (q !== undefined) made.q = q;
  if (instance !== undefined) made.instance = instance;
  if (reg_id !== undefined) made.reg_id = reg_id;
  if (path.length > 0) made.path = path;
  if (params !== undefined) made.params = params;
  return made;
}

/** `now` in milliseconds since 1970. */
export function isLive({ expires }: RegContact, now: number): boolean {
  return expires * 1000 > now;
}

/** Another Call-ID means another client, or the same one after a restart: its CSeq begins anew. */
function isOld(contact: RegContact, { callId, cseq }: RegisterRequest): boolean {
  return contact.call_id === callId && contact.cseq >= cseq;
}

/** RFC 3261 10.3 step 7: equal URIs (19.1.4); RFC 5626 6: for flows, equal instance and number. */
function isSame(contact: RegContact, asked: AskedContact): boolean {
  if (isFlow(contact) && isFlow(asked)) return contact.instance === asked.instance && contact.reg_id === asked.reg_id;
  // A phone registers the same text again and again, and nothing needs to be read to see that.
  if (contact.contact === asked.contact) return true;
  const other = parseUri(contact.contact);
  return other !== undefined && sameUri(other, asked.uri);
}
