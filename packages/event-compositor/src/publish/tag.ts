import { hash } from 'node:crypto';
import type { Origin } from './request.js';

/** Hex digits of a tag: 128 bits, so that nobody guesses one. Hex is a token, which an entity-tag must be (RFC 3903 12). */
const TAG_LENGTH = 32;

/**
 * The entity-tag that a request leaves behind, derived rather than rolled: a keyed hash over the transaction, in which
 * the Request-URI stands, and so the address of record. RFC 3903 6(6) wants it different from any that the resource ever had, and two transactions never have the
 * same key; a retransmission has, so it gets the same tag in whichever process it lands. A process that draws its secret at
 * start repeats nothing of an earlier one. Without a secret of its own that is the token of the request: one hash less, 1 us. (The hash is cut off: its tail cannot be used to extend it.)
 */
export function deriveTag(origin: Origin, secret: string | undefined): string {
  return secret === undefined ? origin.token : hash('sha256', `${secret}\n${origin.transaction}`).slice(0, TAG_LENGTH);
}
