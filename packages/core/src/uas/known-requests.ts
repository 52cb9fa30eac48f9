import type { Message } from '@nksip-ts/sip';
import type { InviteServer } from '../transaction/invite-server.js';
import { wayOf } from '../transaction/request-digest.js';
import { callOf, isSame, twinCall, twinOf, type RequestKey, type ServerKey } from '../transaction/server-key.js';
import { isChallenged, wayOfKnown, type Known, type ServerTable } from '../transaction/server-table.js';
import type { Source } from '../transport/transport.js';
import { methodCallbacks } from './methods.js';

/** A request whose `call` another one has already. */
export class Twin {
  constructor(
    /** A key of its own. */
    readonly key: ServerKey,
    /** It is the other one, and came over another way (RFC 3261 8.2.2.2). */
    readonly isMerged: boolean,
  ) {}
}

/** The requests that a service knows: those that are worked on, and those whose response is kept for retransmissions. */
export class KnownRequests {
  /** Milliseconds; 0: there are no twins. By then the last one is forgotten. */
  #twinsUntil = 0;

  constructor(private readonly table: ServerTable) {}

  /** The transaction that a request belongs to (RFC 3261 17.2.3). A new one has its own key; or that of a twin. */
  find(key: RequestKey): Known | RequestKey | Twin {
    const first = this.table.find(key);
    if (first === undefined && (this.#twinsUntil === 0 || !this.#hasTwins())) return key;
    if (first !== undefined && isSame(first.key, key)) return first;
    const own = twinOf(key);
    const known = this.table.find(own);
    if (known !== undefined) return known;
    // A twin is known even when the first of them is forgotten; a new request takes the place of that.
    if (first === undefined) return key;
    this.#twinsUntil = performance.now() + 2 * this.table.lifetime;
    return new Twin(own, isMerged(first, key));
  }

  /** RFC 3261 17.2.3: an ACK is matched by the To tag, too, which tells INVITEs apart whose Call-ID, CSeq and branch are the same. */
  acknowledged(ack: Message, { address }: Source): InviteServer | undefined {
    const call = callOf(ack, 'INVITE');
    const { toTag } = ack;
    const first = this.table.invite({ call });
    const invite = first?.isAcknowledgedBy(toTag, address) === true ? first : this.table.invite({ call: twinCall(call, { toTag, address }) });
    return invite?.key.way === wayOf(ack) ? invite : undefined;
  }

  /** RFC 3261 9.1: a CANCEL has the Call-ID, the number of CSeq, the From tag, the branch and the sent-by of its request, but no body. */
  cancelled(cancel: Message): Known | undefined {
    for (const method of ['INVITE', ...methodCallbacks.keys()]) {
      const known = this.table.find({ call: callOf(cancel, method) });
      if (known !== undefined && wayOfKnown(known) === wayOf(cancel)) return known;
    }
    return undefined;
  }

  #hasTwins(): boolean {
    if (performance.now() >= this.#twinsUntil) this.#twinsUntil = 0;
    return this.#twinsUntil > 0;
  }
}

/**
 * RFC 3261 8.2.2.2: a request over another way than an ongoing one. What was challenged is over, and comes again with credentials: a proxy that
 * signs in for its user has no other CSeq for it (uac_auth of Kamailio).
 */
function isMerged(first: Known, key: RequestKey): boolean {
  return !isChallenged(first) && wayOfKnown(first) !== key.way;
}
