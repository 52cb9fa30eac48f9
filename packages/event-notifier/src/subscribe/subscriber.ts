import type { SipRequest } from '@nksip-ts/core';
import { provenUser } from '@nksip-ts/event-compositor';
import { flat, type WatcherFacts, type WatcherPlace } from '../watcher/record.js';
import type { WatcherDecision } from '../watcher/watcher.js';
import { wantsOf, type Asked } from './decide.js';

/** Who sends a SUBSCRIBE, and for what. */
export function factsOf(req: SipRequest, asked: Asked, decision: WatcherDecision, now: number): WatcherFacts {
  const user = userOf(req);
  const since = Math.floor(now / 1000);
  const { transport, peer } = placeOf(req);
  return {
    user: user === undefined ? undefined : flat(user), transport, peer,
    type: asked.type, wants: wantsOf(asked, undefined), decision, since, expires: since + asked.expires,
  };
}

export function placeOf({ source: { transport, address, port } }: SipRequest): WatcherPlace {
  return { transport, peer: flat(`${address} ${port}`) };
}

/** The user that digest proves, or a trusted proxy or a certificate. */
function userOf(req: SipRequest): string | undefined {
  return provenUser(req) ?? req.peer?.uris[0] ?? req.peer?.domains[0];
}
