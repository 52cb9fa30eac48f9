// Requests as a callback of a service sees them: `publishRequest`, and `requestOf` for the bytes or text of any other one.
import { hash } from 'node:crypto';
import type { SipRequest } from '@nksip-ts/core';
import { buildRequest, type Message } from '@nksip-ts/sip';
import { messageOf } from './parsed.ts';

export interface PublishParts {
  readonly uri?: string;
  /** false: no Event line; a list: so many lines */
  readonly event?: string | false | readonly string[];
  readonly expires?: number | string | readonly string[];
  readonly ifMatch?: string | readonly string[];
  readonly body?: string | Uint8Array;
  /** application/pidf+xml for a body unless given; false: none */
  readonly type?: string | false;
  readonly headers?: readonly (readonly [string, string])[];
  /** The same number is the same transaction: a retransmission. */
  readonly transaction?: number;
}

let transactions = 0;

function lines(name: string, value: string | number | false | readonly string[] | undefined): (readonly [string, string])[] {
  if (value === undefined || value === false) return [];
  return (Array.isArray(value) ? value : [String(value)]).map((one): readonly [string, string] => [name, one]);
}

/** A PUBLISH as it comes out of the parser, at a service with this secret. */
export function publishRequest(parts: PublishParts = {}, secret = ''): SipRequest {
  const number = parts.transaction ?? ++transactions + 1_000_000;
  const body = typeof parts.body === 'string' ? Buffer.from(parts.body) : parts.body;
  return requestOf(buildRequest({
    method: 'PUBLISH',
    uri: parts.uri ?? 'sip:user1@example.com',
    headers: [
      ['Via', `SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${number}`], ['From', '<sip:user1@example.com>;tag=f'], ['To', '<sip:user1@example.com>'],
      ['Call-ID', `call-${number}`], ['CSeq', '1 PUBLISH'], ['Max-Forwards', '70'],
      ...lines('Event', parts.event ?? 'presence'), ...lines('SIP-If-Match', parts.ifMatch), ...lines('Expires', parts.expires),
      ...lines('Content-Type', parts.type ?? (body === undefined ? undefined : 'application/pidf+xml')), ...parts.headers ?? [],
    ],
    ...(body !== undefined && { body }),
  }), secret);
}

/** What a service makes of a request that came over UDP. */
export function requestOf(request: Uint8Array | string, secret = ''): SipRequest {
  const message = messageOf(request);
  const { uri } = message;
  if (uri === undefined) throw new Error(`No URI: ${message.requestUri}`);
  return {
    service: 'server', method: message.method, ruri: uri, body: message.body, message,
    header: (name) => message.header(name),
    source: { transport: 'udp', address: '127.0.0.1', port: 5060 },
    transaction: transactionOf(message), token: hash('sha256', secret + transactionOf(message)).slice(0, 32),
    toTag: '', digestUsers: new Map(),
    afterReply: () => undefined,
  };
}

/** The Request-URI stands in it, as `SipRequest` has it: so the tag that a request leaves is of one address. */
function transactionOf(message: Message): string {
  return [message.topVia?.branch, message.topVia?.host, message.topVia?.port, message.method, message.callId, message.cseq?.number, message.fromTag, message.requestUri].join('\n');
}
