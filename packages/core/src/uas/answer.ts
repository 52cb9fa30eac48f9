import { buildResponse, Header, type Message } from '@nksip-ts/sip';
import type { ResolvedReply } from '../replies.js';
import type { Trace } from '../trace.js';
import { markVia, responseTarget } from '../transport/response-target.js';
import type { Source } from '../transport/transport.js';

/** The bytes of a response to `request` (RFC 3261 8.2.6). `toTag` is set where To has none yet. */
export function responseBytes(request: Message, source: Source, reply: ResolvedReply, toTag: string | undefined): Uint8Array {
  const via = request.topVia;
  return buildResponse({
    request, toTag, code: reply.code, reason: reply.reason, headers: reply.headers, body: reply.body,
    topVia: via === undefined ? undefined : markVia(request.viaText, via, source),
  });
}

/** Sends a response the way of RFC 3261 18.2.2 and RFC 3581 4; without a usable Via there is no way. */
export function sendResponse(request: Message, source: Source, bytes: Uint8Array, trace: Trace): void {
  const via = request.topVia;
  if (via === undefined) return;
  const target = responseTarget(via, source);
  trace.sent(bytes, source.transport, target.address, target.port);
  source.reply(bytes, target.address, target.port);
}

/** 100 (Trying): no To tag, and a Timestamp is given back (RFC 3261 8.2.6.1). */
export function tryingReply(request: Message): ResolvedReply {
  const timestamp = request.first(Header.Timestamp);
  return { code: 100, reason: 'Trying', headers: timestamp === undefined ? '' : `Timestamp: ${timestamp}\r\n` };
}
