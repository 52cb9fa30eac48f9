import type { OutgoingResponse } from '../reply/resolve.js';
import type { SipReply } from '../reply/table.js';
import type { IncomingRequest } from './incoming-request.js';

/** What the server side asks whoever keeps the dialogs. */
export interface Dialogs {
  /** Whether a SUBSCRIBE or NOTIFY belongs to a dialog that is there, or makes one of a subscription of ours. */
  has(request: IncomingRequest): boolean;
  /** Whether a request belongs to a dialog that is there, and has the source of the peer's last request in it. */
  knowsSender(request: IncomingRequest): boolean;
  /**
   * Why a request that has a To tag, or is a NOTIFY, cannot be served: it belongs to no dialog (481, RFC 3261 12.2.2, RFC 6665 4.1.3), or came out of order
   * (500). Undefined: it can.
   */
  refuse(request: IncomingRequest): SipReply | undefined;
  /** A SUBSCRIBE or NOTIFY that was not refused: which callback answers it; or why it is refused all the same. */
  take(request: IncomingRequest): Taken | SipReply;
}

/** A request that makes a dialog, or belongs to one. */
export interface Taken {
  /** Which callback answers it. */
  readonly callback: 'sip_subscribe' | 'sip_resubscribe' | 'sip_notify';
  /** The response with what belongs into it. What came of it is known when the response has left (`afterReply`). */
  respond(response: OutgoingResponse): OutgoingResponse;
}
