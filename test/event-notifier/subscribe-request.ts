import type { SipRequest } from '@nksip-ts/core';
import { buildRequest } from '@nksip-ts/sip';
import { requestOf } from '../kit/sip-request.ts';

export interface SubscribeParts {
  readonly uri?: string;
  readonly event?: string;
  readonly expires?: number | string;
  readonly accept?: readonly string[];
  readonly contact?: string;
  readonly callId?: string;
  readonly toTag?: string;
  readonly from?: string;
  readonly body?: string;
  readonly type?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly source?: SipRequest['source'];
  /** The user whose digest credentials held, in the realm example.com. */
  readonly user?: string;
}

let requests = 0;

/** A SUBSCRIBE as core hands it to a callback. `reply` is told the code of the response that has left. */
export function subscribeRequest(parts: SubscribeParts = {}): { readonly req: SipRequest; readonly reply: (code: number | undefined) => void } {
  const number = ++requests;
  const listeners: ((code: number | undefined) => unknown)[] = [];
  const from = parts.from ?? 'sip:bob@example.com';
  const body = parts.body === undefined ? undefined : Buffer.from(parts.body);
  const req = requestOf(buildRequest({
    method: 'SUBSCRIBE', uri: parts.uri ?? 'sip:alice@example.com',
    headers: [
      ['Via', `SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bKs${number}`], ['From', `<${from}>;tag=w`],
      ['To', `<sip:alice@example.com>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`],
      ['Call-ID', parts.callId ?? `watch-${number}`], ['CSeq', `${number} SUBSCRIBE`], ['Max-Forwards', '70'],
      ['Contact', parts.contact ?? `<sip:bob@192.0.2.9:5060>`], ['Event', parts.event ?? 'presence'],
      ...(parts.expires === undefined ? [] : [['Expires', String(parts.expires)] as const]),
      ...(parts.accept ?? []).map((value) => ['Accept', value] as const),
      ...(parts.type === undefined ? [] : [['Content-Type', parts.type] as const]), ...parts.headers ?? [],
    ],
    ...(body !== undefined && { body }),
  }));
  return {
    req: {
      ...req, source: parts.source ?? { transport: 'udp', address: '192.0.2.9', port: 5060 },
      digestUsers: parts.user === undefined ? new Map() : new Map([['example.com', parts.user]]),
      afterReply: (then) => { listeners.push(then); },
    },
    reply: (code) => { for (const then of listeners) then(code); },
  };
}
