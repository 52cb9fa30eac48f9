import type { SipReply } from './table.js';

/** What a check returns instead of what it was asked for: the request is refused with this reply, and nothing is changed. */
export class Refused {
  constructor(readonly reply: SipReply) {}
}
