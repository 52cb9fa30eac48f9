import { Header, type HeaderId, type Message } from '@nksip-ts/sip';
import type { Urgency } from '../memory/account.js';

/** Bytes that a request costs while it waits, beside the message: its transaction, its promises, what callbacks hold. Measured: about 3,500. */
const WAITING = 4096;

/** What a request costs in memory until it is answered, in bytes, if nothing else stands in its buffer: the message, a copy of its body on its way to a store, and what waits. */
export function costOf(message: Message): number {
  return WAITING + message.heldBytes + message.bodyLength + credentialsCost(message, Header.Authorization) + credentialsCost(message, Header.ProxyAuthorization);
}

/** While they are looked at there are a copy of their lines and the texts read out of it, each with two bytes a character. */
function credentialsCost(message: Message, header: HeaderId): number {
  return message.count(header) === 0 ? 0 : 4 * message.lines(header).length;
}

/** Who refreshes, changes or ends what is there goes on, and who asks whether we are alive; who publishes anew is refused first. */
export function urgencyOf(message: Message): Urgency {
  if (message.method === 'OPTIONS') return 'ongoing';
  if (message.method !== 'PUBLISH') return 'new';
  return message.first(Header.SipIfMatch) === undefined ? 'initial' : 'ongoing';
}
