import { parseNameAddr, parseUri, utf8Of } from '@nksip-ts/sip';
import type { Dialog } from '../dialog/dialog.js';
import { routeTo } from '../dialog/route-set.js';
import type { LocalEnd } from '../uac/build.js';
import type { HeaderLine } from '../uac/header-edits.js';
import type { Entry } from './entry.js';

/** What differs from one NOTIFY of a subscription to the next. */
export interface NotifyParts {
  readonly cseq: number;
  /** The value of Subscription-State. */
  readonly state: string;
  readonly contentType: string;
  readonly body: Uint8Array | undefined;
}

/** A NOTIFY as it goes over one way. Nothing is formatted or looked at here: the texts of the dialog are as they came, and are put together. */
export function notifyBytes({ dialog, contact, event }: Entry, { cseq, state, contentType, body }: NotifyParts, { transport, host, port }: LocalEnd, branch: string): Uint8Array {
  const { requestUri, routes } = routingOf(dialog);
  const head = `NOTIFY ${requestUri} SIP/2.0\r\nVia: SIP/2.0/${transport.toUpperCase()} ${host}:${port};rport;branch=${branch}\r\n${routes}Max-Forwards: 70\r\n`
    + `From: ${dialog.local}\r\nTo: ${dialog.remote}\r\nCall-ID: ${dialog.callId}\r\nCSeq: ${cseq} NOTIFY\r\nContact: ${contact}\r\nEvent: ${event}\r\n`
    + `Subscription-State: ${state}\r\n${body === undefined ? '' : `Content-Type: ${contentType}\r\n`}Content-Length: ${body?.length ?? 0}\r\n\r\n`;
  const bytes = Buffer.allocUnsafe(head.length + (body?.length ?? 0));
  bytes.write(head, 0, 'latin1');
  if (body !== undefined) bytes.set(body, head.length);
  return bytes;
}

/** The same as lines, for a NOTIFY that is made again with credentials. */
export function notifyHeaders({ dialog, contact, event }: Entry, { cseq, state, contentType, body }: NotifyParts): readonly HeaderLine[] {
  const lines: readonly HeaderLine[] = [
    ...routingOf(dialog).routes.split('\r\n').filter((line) => line !== '').map((line): HeaderLine => ['Route', line.slice('Route: '.length)]),
    ['Max-Forwards', '70'], ['From', dialog.local], ['To', dialog.remote], ['Call-ID', dialog.callId], ['CSeq', `${cseq} NOTIFY`], ['Contact', contact], ['Event', event],
    ['Subscription-State', state], ...(body === undefined ? [] : [['Content-Type', contentType] as const]),
  ];
  return lines.map(([name, value]): HeaderLine => [name, utf8Of(value)]);
}

/** RFC 3261 12.2.1.1. `routes`: lines of Route, each with its end. */
export function routingOf({ remoteTarget, routeSet }: Dialog): { readonly requestUri: string; readonly routes: string } {
  const [first] = routeSet;
  if (first === undefined) return { requestUri: remoteTarget, routes: '' };
  const target = parseUri(remoteTarget);
  if (target === undefined || isLoose(first)) return { requestUri: remoteTarget, routes: linesOf(routeSet) };
  const { requestUri, route } = routeTo(target, routeSet);
  return { requestUri, routes: linesOf(route) };
}

function isLoose(route: string): boolean {
  return parseUri(parseNameAddr(route)?.uri ?? '')?.params.has('lr') === true;
}

function linesOf(routes: readonly string[]): string {
  return routes.map((route) => `Route: ${route}\r\n`).join('');
}
