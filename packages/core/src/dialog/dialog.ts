import { flatText, hashOf } from '@nksip-ts/memory';
import { formatUri, Header, isToken, parseNameAddr, parseNameAddrList, parseUri, strictUtf8Of, type Message } from '@nksip-ts/sip';
import { asRequestUri, isSip } from './route-set.js';
import type { CameFrom } from './came-from.js';

/** The texts of a dialog as they stand on the wire, latin1 with one char a byte, so that what is sent in it is equal byte for byte to what made it. */
export interface DialogTexts {
  readonly callId: string;
  /** The value of From in requests of ours, and of To in those of the peer. */
  readonly local: string;
  /** The value of To in requests of ours. */
  readonly remote: string;
  /** The Request-URI of requests of ours: the Contact of the peer. */
  readonly remoteTarget: string;
  /** Values of Route in requests of ours, in order. */
  readonly routeSet: readonly string[];
  /** The value of our Contact; '': nobody has said. */
  readonly contact: string;
}

/** The places of the texts; routes stand behind all others. */
const LOCAL = 0, REMOTE = 1, CALL_ID = 2, TARGET = 3, CONTACT = 4, ROUTES = 5;

/**
 * A dialog (RFC 3261 12), as plain data. All its texts are in one, each with a line feed behind, which no header value has: every text alone is 16 bytes of
 * head and padding more, and a field. The tags are in the addresses.
 */
export class Dialog implements DialogTexts {
  #texts: string;
  /** The number of CSeq of our last request; 0: there was none. */
  localSeq: number;
  /** The same of the peer's last request. */
  remoteSeq: number;
  /** How the last request of the peer came; undefined: none did. */
  way: CameFrom | undefined;
  /** Bytes that may still be sent to an address of which nothing is proved. */
  room = 0;

  constructor(texts: DialogTexts, localSeq: number, remoteSeq: number, way: CameFrom | undefined) {
    this.#texts = packed(texts);
    this.localSeq = localSeq;
    this.remoteSeq = remoteSeq;
    this.way = way;
  }

  get callId(): string { return textAt(this.#texts, CALL_ID); }
  get local(): string { return textAt(this.#texts, LOCAL); }
  get remote(): string { return textAt(this.#texts, REMOTE); }
  get remoteTarget(): string { return textAt(this.#texts, TARGET); }
  get contact(): string { return textAt(this.#texts, CONTACT); }
  get localTag(): string { return tagIn(this.local); }
  get remoteTag(): string { return tagIn(this.remote); }

  get routeSet(): readonly string[] {
    const start = startOf(this.#texts, ROUTES);
    return start === this.#texts.length ? noRoutes : this.#texts.slice(start, -1).split('\n');
  }

  /** Whether this is our tag, where `local` ends with it. */
  hasTag(tag: string): boolean {
    const start = this.#texts.indexOf('\n') - tag.length;
    return this.#texts.startsWith(tag, start) && this.#texts.charAt(start - 1) === '=';
  }

  /** `hashOf` our tag, of so many characters. */
  tagHash(length: number): number {
    const end = this.#texts.indexOf('\n');
    return hashOf(this.#texts, end - length, end);
  }

  /** Of all texts. */
  get length(): number {
    return this.#texts.length;
  }

  /** Other ones, of which there are few in the life of a dialog. */
  change(other: Partial<DialogTexts>): void {
    const { callId, local, remote, remoteTarget, routeSet, contact } = this;
    this.#texts = packed({ callId, local, remote, remoteTarget, routeSet, contact, ...other });
  }
}

function textAt(texts: string, place: number): string {
  const start = startOf(texts, place);
  return texts.slice(start, texts.indexOf('\n', start));
}

function packed({ callId, local, remote, remoteTarget, routeSet, contact }: DialogTexts): string {
  return flatText([local, remote, callId, remoteTarget, contact, ...routeSet].map((text) => `${text}\n`).join(''));
}

function startOf(texts: string, place: number): number {
  let start = 0;
  for (let left = place; left > 0; left--) start = texts.indexOf('\n', start) + 1;
  return start;
}

/** Most often it is the last parameter, and a token: the address is not taken apart then, which a SUBSCRIBE would do three times. */
function tagIn(address: string): string {
  const start = address.lastIndexOf(';tag=') + ';tag='.length;
  const tag = address.slice(start);
  if (start > address.lastIndexOf('>') && start >= ';tag='.length && isToken(tag)) return tag;
  return parseNameAddr(address)?.params.get('tag') ?? '';
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
  const local = request.toTag === '' ? `${to};tag=${localTag}` : to;
  return new Dialog({ callId: request.callId, local, remote: request.first(Header.From) ?? '', remoteTarget, routeSet, contact: '' }, 0, request.cseq?.number ?? 0, way);
}

/**
 * The dialog that a NOTIFY makes for who has subscribed (RFC 6665 4.4.1), before or instead of a 2xx. `localSeq`: the CSeq of the SUBSCRIBE. Undefined: its
 * Contact or Record-Route cannot be read.
 */
export function dialogOfNotify(notify: Message, localSeq: number): Dialog | undefined {
  const dialog = dialogOfRequest(notify, notify.toTag, undefined);
  if (dialog !== undefined) dialog.localSeq = localSeq;
  return dialog;
}

/** The dialog that a 2xx to a request of ours makes (RFC 3261 12.1.2). Undefined: its Contact or Record-Route cannot be read. */
export function dialogOfResponse(response: Message): Dialog | undefined {
  const remoteTarget = targetIn(response);
  const routes = routesIn(response);
  if (remoteTarget === undefined || routes === undefined) return undefined;
  // 12.1.2: "taken in reverse order".
  return dialogBy(response, remoteTarget, routes.toReversed());
}

/** The same with another remote target and route set than the 2xx says. */
export function dialogBy(response: Message, remoteTarget: string, routeSet: readonly string[]): Dialog {
  const [local, remote] = [response.first(Header.From) ?? '', response.first(Header.To) ?? ''];
  return new Dialog({ callId: response.callId, local, remote, remoteTarget, routeSet, contact: '' }, response.cseq?.number ?? 0, 0, undefined);
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
  dialog.change({ remoteTarget: target });
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
  return uri.headers !== undefined || uri.params.has('method') ? formatUri(asRequestUri(uri)) : text;
}

/** The values of Record-Route, in order. Undefined: one cannot be read. */
function routesIn(message: Message): readonly string[] | undefined {
  if (message.count(Header.RecordRoute) === 0) return noRoutes;
  const routes = message.list(Header.RecordRoute);
  return routes.every(isRoute) ? routes : undefined;
}

function isRoute(text: string): boolean {
  const uri = parseUri(parseNameAddr(text)?.uri ?? '');
  return uri !== undefined && isSip(uri);
}

/** Bytes of memory that a dialog takes: it, its texts, and how the last request came. */
export function dialogBytes({ length }: Dialog): number {
  return objects + length;
}

/** Measured: of these the way is 120, and may be shared. */
const objects = 205;
