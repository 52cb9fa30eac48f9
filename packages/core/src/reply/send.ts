import { buildResponse, Header, type Message } from '@nksip-ts/sip';
import type { Logger } from '../log/log.js';
import { logResponse } from './log-response.js';
import type { OutgoingResponse } from './resolve.js';
import type { Trace } from '../trace.js';
import { transportFacts } from '../transport/transport-facts.js';
import { receivedFor } from '../transport/received.js';
import { responsePort } from '../transport/response-port.js';
import type { Source } from '../transport/transport.js';
import { shorter } from './size.js';

/** Makes responses and sends them, none that is too large for where it goes. */
export class ResponseSender {
  constructor(private readonly log: Logger, private readonly trace: Trace) {}

  /**
   * A final response that is now going to be sent, and a line in the log about it. If it has more than `room` bytes a shorter one is made
   * instead; where even that has more, `send` sends nothing.
   */
  final(message: Message, source: Source, response: OutgoingResponse, toTag: string, room: number): Uint8Array {
    const bytes = responseBytes(message, source, response, toTag);
    if (bytes.length > room) return this.final(message, source, shorter(response, bytes.length - room, message.method), toTag, Infinity);
    if (this.log.isLevelEnabled('info')) logResponse(this.log, message, source, response);
    return bytes;
  }

  /**
   * Sends a response the way of RFC 3261 18.2.2 and RFC 3581 4; without a usable Via there is no way. Nothing is sent that takes more
   * than `room` bytes. Whether it was given to the transport.
   */
  send(message: Message, source: Source, bytes: Uint8Array, room: number): boolean {
    const via = message.topVia;
    if (via === undefined || bytes.length > room) return false;
    const port = responsePort(via, source);
    this.trace.sent(bytes, source.transport, source.address, port);
    source.reply(bytes, source.address, port);
    return true;
  }
}

/** A transport that loses nothing. It has a connection, which proves where its peer is. */
export function isReliable({ transport }: Source): boolean {
  return transportFacts[transport].isReliable;
}

/** 100 (Trying): no To tag, and a Timestamp is given back (RFC 3261 8.2.6.1). */
export function tryingBytes(message: Message, source: Source): Uint8Array {
  const timestamp = message.first(Header.Timestamp);
  return responseBytes(message, source, { code: 100, reason: 'Trying', headers: timestamp === undefined ? '' : `Timestamp: ${timestamp}\r\n` }, undefined);
}

/** The bytes of a response to `request` (RFC 3261 8.2.6). `toTag` is set where To has none yet. */
function responseBytes(request: Message, source: Source, response: OutgoingResponse, toTag: string | undefined): Uint8Array {
  const via = request.topVia;
  return buildResponse({
    request, toTag, code: response.code, reason: response.reason, headers: response.headers, body: response.body,
    received: via === undefined ? undefined : receivedFor(via, source), port: source.port,
  });
}
