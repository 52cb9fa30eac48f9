import { formatUri, Header, parseNameAddr, parseNameAddrList, parseUri, strictUtf8Of, type Message } from '@nksip-ts/sip';
import { asRequestUri, isSip } from './route-set.js';
import type { CameFrom } from './came-from.js';

/**
 * A dialog (RFC 3261 12), as plain data. Its texts are as they stand on the wire, latin1 with one char a byte, so that what is sent in it is equal
 * byte for byte to what made it.
 */
export interface Dialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** The value of From in requests of ours, and of To in those of the peer. */
  readonly local: string;
  /** The value of To in requests of ours. */
  readonly remote: string;
  /** The Request-URI of requests of ours: the Contact of the peer. */
  remoteTarget: string;
  /** Values of Route in requests of ours, in order. */
  readonly routeSet: readonly string[];
  /** The number of CSeq of our last request; 0: there was none. */
  localSeq: number;
  /** The same of the peer's last request. */
  remoteSeq: number;
  /** How the last request of the peer came; undefined: none did. */
  way: CameFrom | undefined;
}

/** The highest number that CSeq can have (RFC 3261 8.1.1.5). */
export const highestCseq = 2 ** 31 - 1;

const noRoutes: readonly string[] = [];

/**
 * The dialog that a request of the peer makes once we accept it (RFC 3261 12.1.1): a SUBSCRIBE of which we are the notifier. Undefined: its Contact or
 * Record-Route cannot be read. The local sequence number is empty, and the first request of ours has the number 1.
 */
export function dialogOfRequest(request: Message, localTag: string, way: CameFrom | undefined): Dialog | undefined {
  const remoteTarget = targetIn(request);
  const routeSet = routesIn(request);
  if (remoteTarget === undefined || routeSet === undefined) return undefined;
  const to = request.first(Header.To) ?? '';
  return {
    callId: flat(request.callId), localTag: flat(localTag), remoteTag: flat(request.fromTag),
    local: flat(request.toTag === '' ? `${to};tag=${localTag}` : to), remote: flat(request.first(Header.From) ?? ''),
    remoteTarget, routeSet, localSeq: 0, remoteSeq: request.cseq?.number ?? 0, way,
  };
}

/**
 * The dialog that a NOTIFY makes for who has subscribed (RFC 6665 4.4.1), before or instead of a 2xx. `localSeq`: the CSeq of the SUBSCRIBE. Undefined: its
 * Contact or Record-Route cannot be read.
 */
export function dialogOfNotify(notify: Message, localSeq: number): Dialog | undefined {
  const dialog = dialogOfRequest(notify, notify.toTag, undefined);
  return dialog === undefined ? undefined : { ...dialog, localSeq };
}

/** The dialog that a 2xx to a request of ours makes (RFC 3261 12.1.2). Undefined: its Contact or Record-Route cannot be read. */
export function dialogOfResponse(response: Message): Dialog | undefined {
  const remoteTarget = targetIn(response);
  const routes = routesIn(response);
  if (remoteTarget === undefined || routes === undefined) return undefined;
  return {
    callId: flat(response.callId), localTag: flat(response.fromTag), remoteTag: flat(response.toTag),
    local: flat(response.first(Header.From) ?? ''), remote: flat(response.first(Header.To) ?? ''),
    // 12.1.2: "taken in reverse order".
    remoteTarget, routeSet: routes.toReversed(), localSeq: response.cseq?.number ?? 0, remoteSeq: 0, way: undefined,
  };
}

/** Whether a request of the peer, whose Call-ID and tags these are, belongs to the dialog (RFC 3261 12.2.2). */
export function isWithin(dialog: Dialog, { callId, toTag, fromTag }: Pick<Message, 'callId' | 'toTag' | 'fromTag'>): boolean {
  return dialog.callId === callId && dialog.localTag === toTag && dialog.remoteTag === fromTag;
}

/**
 * RFC 3261 12.2.2: the number of a request of the peer becomes that of the dialog. False: it "is lower than the remote sequence number", and the request "is out
 * of order and MUST be rejected with a 500".
 */
export function takeSequence(dialog: Dialog, { cseq }: Pick<Message, 'cseq'>): boolean {
  if (cseq === undefined || cseq.number < dialog.remoteSeq) return false;
  dialog.remoteSeq = cseq.number;
  return true;
}

/** RFC 3261 12.2.1.2 and 12.2.2: a target refresh, if the message has one Contact that can be read. Whether the target is another one now. */
export function refreshTarget(dialog: Dialog, message: Message): boolean {
  const target = targetIn(message);
  if (target === undefined || target === dialog.remoteTarget) return false;
  dialog.remoteTarget = target;
  return true;
}

/** The URI of the one Contact, as a Request-URI has it (RFC 3261 19.1.1, table 1). Undefined: there is none, or more than one, or it cannot be read. */
export function targetIn(message: Message): string | undefined {
  const addresses = parseNameAddrList(message.values(Header.Contact));
  if (addresses === undefined || addresses === '*' || addresses.length !== 1) return undefined;
  const text = addresses[0]?.uri ?? '';
  const uri = parseUri(text);
  // What is no UTF-8 nobody takes as a Request-URI.
  if (uri === undefined || !isSip(uri) || strictUtf8Of(text) === undefined) return undefined;
  return flat(uri.headers !== undefined || uri.params.has('method') ? formatUri(asRequestUri(uri)) : text);
}

/** The values of Record-Route, in order. Undefined: one cannot be read. */
function routesIn(message: Message): readonly string[] | undefined {
  if (message.count(Header.RecordRoute) === 0) return noRoutes;
  const routes = message.list(Header.RecordRoute);
  return routes.every(isRoute) ? routes.map(flat) : undefined;
}

function isRoute(text: string): boolean {
  const uri = parseUri(parseNameAddr(text)?.uri ?? '');
  return uri !== undefined && isSip(uri);
}

/** A copy that does not hold on to the text of the whole message. */
export function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

/** Bytes of memory that a dialog takes, roughly: its objects, and its texts with what stands before each. */
export function dialogBytes({ callId, localTag, remoteTag, local, remote, remoteTarget, routeSet }: Dialog): number {
  const texts = [callId, localTag, remoteTag, local, remote, remoteTarget, ...routeSet];
  return texts.reduce((sum, text) => sum + textHead + text.length, objects);
}

/** A text with the padding behind it; the dialog, its way and the address in that. */
const textHead = 20, objects = 264;
