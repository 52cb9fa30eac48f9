import { flatText } from '@nksip-ts/memory';
import { parseNameAddr, parseUri, utf8Of } from '@nksip-ts/sip';
import type { Dialog } from '../dialog/dialog.js';
import { HeadAndBody } from '../transport/head-and-body.js';
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

/**
 * Puts NOTIFYs together. Nothing is formatted or looked at: the texts of the dialog are as they came. Each piece of a text costs as much as the piece has
 * characters, so that what most have in common is one, and is made again only where it is another than the last time.
 */
export class NotifyTexts {
  #end: LocalEnd | undefined;
  #via = '';
  #contentType = '';
  #length = -1;
  #headEnd = '';

  /** As it goes over one way. */
  notify({ dialog, contact, event }: Entry, { cseq, state, contentType, body }: NotifyParts, end: LocalEnd, branch: string): HeadAndBody {
    const { requestUri, routes } = routingOf(dialog);
    const head = `NOTIFY ${requestUri}${this.#viaOf(end)}${branch}\r\n${routes}Max-Forwards: 70\r\nFrom: ${dialog.local}\r\nTo: ${dialog.remote}\r\nCall-ID: ${dialog.callId}\r\n`
      + `CSeq: ${cseq} NOTIFY\r\nContact: ${contact}\r\nEvent: ${event}\r\nSubscription-State: ${state}${this.#endOf(body === undefined ? '' : contentType, body?.length ?? 0)}`;
    return new HeadAndBody(head, body);
  }

  /** What stands between the Request-URI and the branch. */
  #viaOf(end: LocalEnd): string {
    if (end !== this.#end) {
      this.#end = end;
      this.#via = flatText(` SIP/2.0\r\nVia: SIP/2.0/${end.transport.toUpperCase()} ${end.host}:${end.port};rport;branch=`);
    }
    return this.#via;
  }

  /** What stands behind Subscription-State. `contentType` '': there is no body. */
  #endOf(contentType: string, length: number): string {
    if (contentType !== this.#contentType || length !== this.#length) {
      this.#contentType = contentType;
      this.#length = length;
      this.#headEnd = flatText(`\r\n${contentType === '' ? '' : `Content-Type: ${contentType}\r\n`}Content-Length: ${length}\r\n\r\n`);
    }
    return this.#headEnd;
  }
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
