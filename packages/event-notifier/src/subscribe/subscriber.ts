import { hash, randomBytes } from 'node:crypto';
import type { SipRequest } from '@nksip-ts/core';
import { assertedUser, signedInUser } from '@nksip-ts/event-compositor';
import { aorKey, Header, parseNameAddr, type Aor } from '@nksip-ts/sip';
import type { WatcherFacts } from '../watcher/record.js';
import type { WatcherDecision } from '../watcher/watcher.js';
import { flat, type Asked } from './decide.js';

/** Who sends a SUBSCRIBE, and for what. */
export function factsOf(req: SipRequest, aor: Aor, asked: Asked, handle: string, decision: WatcherDecision, now: number): WatcherFacts {
  const user = userOf(req);
  const place = placeOf(req);
  const slot = slotOf([aorKey(aor), asked.pack.name, asked.eventId ?? '', user ?? req.source.address, place.contact]);
  return {
    handle, eventId: asked.eventId === undefined ? undefined : flat(asked.eventId), from: flat(req.message.fromAor), user, ...place, slot,
    type: asked.type, accept: asked.accept, filter: asked.filter, decision, since: Math.floor(now / 1000), expires: Math.floor(now / 1000) + asked.expires,
  };
}

/** Where the watcher can be reached: each SUBSCRIBE of a subscription may change it. */
export function placeOf({ message, source }: SipRequest): { readonly contact: string; readonly transport: string; readonly peer: string } {
  const contact = parseNameAddr(message.first(Header.Contact) ?? '')?.uri ?? '';
  return { contact: flat(contact), transport: source.transport, peer: flat(`${source.address} ${source.port}`) };
}

/** The user that digest proves, or a trusted proxy or a certificate. */
function userOf({ digestUsers, assertedIdentity, peer }: SipRequest): string | undefined {
  if (digestUsers.size > 0) return flat(signedInUser(digestUsers));
  if (assertedIdentity !== undefined) return flat(assertedUser(assertedIdentity));
  const named = peer?.uris[0] ?? peer?.domains[0];
  return named === undefined ? undefined : flat(named);
}

/** With this key nobody can choose texts that all get the same number, which would make the table slow. */
const key = randomBytes(16).toString('hex');

/** 30 bits: a small integer for V8. */
function slotOf(parts: readonly string[]): number {
  return Number.parseInt(hash('sha256', `${key}\n${parts.join('\n')}`).slice(0, 8), 16) >>> 2;
}
