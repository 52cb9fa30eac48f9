import type { SipReply } from '../reply/table.js';

/** A request that is refused before its callback is asked. */
export class Refused {
  constructor(readonly reply: SipReply) {}
}
