import { channel } from 'node:diagnostics_channel';
import type { Message } from '@nksip-ts/sip';

/** `nksip-ts:request`: a request came that is no retransmission; nobody has decided anything of it yet. */
export interface RequestReceived {
  readonly service: string;
  readonly message: Message;
  readonly source: { readonly transport: string; readonly address: string; readonly port: number };
}

/** `nksip-ts:reply`: its final response, or one to what could not be taken, is given to the transport. Not told of one that is sent again. */
export interface ReplySent extends RequestReceived {
  readonly code: number;
  /** The response. Good during the call only. */
  readonly bytes: Uint8Array;
}

/** `nksip-ts:message`: a message leaves, a response or a request of ours; each time that it is sent. `bytes` is good during the call only. */
export interface MessageSent {
  readonly service: string;
  readonly transport: string;
  readonly address: string;
  readonly port: number;
  readonly bytes: Uint8Array;
}

// For measuring and tracing from outside, with node:diagnostics_channel. Whoever publishes looks at hasSubscribers first: what nobody hears is not made.
export const requestReceived = channel('nksip-ts:request');
export const replySent = channel('nksip-ts:reply');
export const messageSent = channel('nksip-ts:message');
