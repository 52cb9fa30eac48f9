/** A NOTIFY as the watchers that measure read it, and their response. */
import { field } from './response.mts';
import { callIdStart } from './subscribe.mts';
import { TRANSACTION } from './template.mts';

export interface Notify {
  readonly watcher: number;
  /** The transaction that began the dialog. */
  readonly dialog: number;
  /** The number of CSeq. */
  readonly sequence: number;
  readonly isTerminated: boolean;
  /** The transaction of the PUBLISH whose document it has; undefined without one. */
  readonly version: number | undefined;
}

/** The note of a document that tells the transaction of its PUBLISH. */
export const versionNote = 'version TTTTTTTTTTTT';
const noteStart = 'version ';

/** Undefined for one that is not about a subscription of this run. */
export function readNotify(text: string): Notify | undefined {
  const [watcher, dialog] = field(text, 'Call-ID').split('@', 1).join().replace(callIdStart, '').split('-').map(Number);
  if (!text.startsWith('NOTIFY ') || watcher === undefined || dialog === undefined || Number.isNaN(watcher + dialog)) return undefined;
  const note = text.indexOf(noteStart, text.indexOf('\r\n\r\n'));
  return {
    watcher, dialog,
    sequence: Number.parseInt(field(text, 'CSeq')),
    isTerminated: field(text, 'Subscription-State').startsWith('terminated'),
    version: note < 0 ? undefined : Number(text.slice(note + noteStart.length, note + noteStart.length + TRANSACTION)),
  };
}

/** Its Vias, From, To, Call-ID and CSeq come back as they are (RFC 3261 8.2.6.2). */
export function responseTo(request: string, status = '200 OK'): string {
  let copied = '';
  const end = request.indexOf('\r\n\r\n') + 2;
  for (let at = request.indexOf('\r\n') + 2; at < end;) {
    const next = request.indexOf('\r\n', at) + 2;
    if (isCopied(request, at)) copied += request.slice(at, next);
    at = next;
  }
  return `SIP/2.0 ${status}\r\n${copied}Content-Length: 0\r\n\r\n`;
}

function isCopied(text: string, at: number): boolean {
  return ['Via:', 'From:', 'To:', 'Call-ID:', 'CSeq:'].some((name) => text.startsWith(name, at));
}
