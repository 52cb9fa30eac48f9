import { aorIn } from './aor.js';
import { FieldLines } from './field-lines.js';
import { elementEnd, strictUtf8Of, trimSpace, unfold, utf8Of } from './grammar.js';
import { Header, type HeaderId } from './header-names.js';
import { parseCSeqAt, type CSeq } from './headers/cseq.js';
import { parseNameAddr, tagAt, type NameAddr } from './headers/name-addr.js';
import { readVia, type ParsedVia } from './headers/via.js';
import { VALUE_END, VALUE_START, type MessageIndex, type StartLine } from './message-index.js';
import { fastAddressUri, fastAor, fastCSeq, fastTag, fastUri, fastVia } from './fast-path.js';
import type { Lent } from './lending.js';
import { parseUri, type Uri } from './uri.js';

const LF = 10;

/**
 * One SIP message as the parser indexed it. Nothing is read before it is asked for, and what every request is asked for is
 * kept. Strings and the body are views of the datagram: whoever keeps one for long, copies it. Of a message that is lent no bytes are left when
 * whoever was given it has returned, unless `keep` was called before.
 *
 * `first`, `values`, `lines`, `list` and the typed getters return latin1 text (one char, one byte); `header`, `reason`, `uri`,
 * `from` and `to` return Unicode.
 */
export class Message extends FieldLines {
  readonly isRequest: boolean;
  /** '' in a response */
  readonly method: string;
  /** as written; '' in a response */
  readonly requestUri: string;
  /** `2.0`, or what else a request said, which `checkRequest` refuses with 505 */
  readonly version: string;
  /** 0 in a request */
  readonly status: number;
  /** '' in a request */
  readonly reason: string;

  private readonly uriStart: number;
  private viaRead: ParsedVia | null | undefined;
  private cseqRead: CSeq | null | undefined;
  private uriRead: Uri | null | undefined;
  private callIdRead: string | undefined;
  private fromTagRead: string | null | undefined;
  private toTagRead: string | null | undefined;
  private bodyRead: Uint8Array | undefined;

  /** @internal Messages come out of `parse`. */
  constructor(start: StartLine, index: MessageIndex, private lent?: Lent) {
    super(index);
    this.isRequest = start.isRequest;
    this.method = start.method;
    this.requestUri = start.requestUri;
    this.uriStart = start.uriStart;
    this.version = start.version;
    this.status = start.status;
    this.reason = start.reason;
  }

  /** Whether it is good only until whoever was given it has returned. */
  get isLent(): boolean {
    return this.lent !== undefined;
  }

  /** Makes a message that is lent one that stays. What was read of its body before is another view, and does not stay. */
  keep(): void {
    if (this.lent === undefined) return;
    const { bytes } = this.index;
    this.index = this.index.copy(this.lent.bytes ? copyOf(bytes) : bytes);
    if (this.lent.bytes) this.bodyRead = undefined;
    this.lent = undefined;
  }

  /** A view of the datagram. */
  get body(): Uint8Array {
    return (this.bodyRead ??= this.index.bytes.subarray(this.index.headEnd, this.index.bodyEnd));
  }

  /** Bytes that it came in: those of its datagram, with what may follow the message in it. */
  get size(): number {
    return this.index.bytes.length;
  }

  /** in bytes */
  get bodyLength(): number {
    return this.index.bodyEnd - this.index.headEnd;
  }

  /** The memory that the message stands in: its datagram, or a chunk of a stream, in which others may stand, too. */
  get buffer(): ArrayBufferLike {
    return this.index.bytes.buffer;
  }

  /**
   * Bytes of memory that the message holds on to, or would if it were kept: its buffer, whatever else stands in that, the text of its head, and the
   * places in it.
   */
  get heldBytes(): number {
    const { bytes, text, fields, used } = this.index;
    // Room that is lent has grown with the longest message that was ever in it.
    const places = this.lent === undefined ? fields.length : used;
    return (this.lent?.bytes === true ? bytes.length : bytes.buffer.byteLength) + text.length + 8 * places;
  }

  /**
   * Writes into `into`, at `at`, the field lines of several headers, an LF and the body. Answers where that ends: it takes `size + 1` bytes at most. `headers`:
   * as `writeLines` has it.
   */
  writeContent(headers: number, into: Uint8Array, at: number): number {
    const end = this.writeLines(headers, into, at);
    into[end] = LF;
    if (this.bodyLength > 0) into.set(this.body, end + 1);
    return end + 1 + this.bodyLength;
  }

  /** The topmost Via; transport and sent-by alone if the rest is malformed; undefined if no response can be routed by it. */
  get topVia(): ParsedVia | undefined {
    return this.readTopVia();
  }

  /** The text of the topmost Via's value. */
  get viaText(): string {
    const at = this.find(Header.Via, 0);
    if (at < 0) return '';
    return unfold(trimSpace(this.index.text.substring(this.place(at + VALUE_START), this.viaEnd(at))));
  }

  /** What stands behind the topmost Via in its line: '' or `, SIP/2.0/UDP ...`. */
  get viaRest(): string {
    const at = this.find(Header.Via, 0);
    if (at < 0) return '';
    return unfold(this.index.text.substring(this.viaEnd(at), this.place(at + VALUE_END)));
  }

  /** Whether there is one Via and no more: no proxy has passed the request on. */
  get hasOneVia(): boolean {
    const at = this.find(Header.Via, 0);
    if (at < 0 || this.isRepeated(Header.Via)) return false;
    return this.viaEnd(at) === this.place(at + VALUE_END) || this.list(Header.Via).length === 1;
  }

  /** The topmost Via is there and can be read in full. */
  get isViaSound(): boolean {
    return this.readTopVia()?.isMalformed === false;
  }

  get cseq(): CSeq | undefined {
    if (this.cseqRead === undefined) {
      const { bytes, text } = this.index;
      const at = this.find(Header.CSeq, 0);
      const start = this.place(at + VALUE_START);
      const end = this.place(at + VALUE_END);
      this.cseqRead = at < 0 ? null : fastCSeq(bytes, start, end, this.method) ?? parseCSeqAt(text, start, end) ?? null;
    }
    return this.cseqRead ?? undefined;
  }

  /** The request-URI; undefined if it is none or not UTF-8, and in a response. */
  get uri(): Uri | undefined {
    if (this.uriRead === undefined) {
      const start = this.uriStart;
      const fast = fastUri(this.index.bytes, this.index.text, start, start + this.requestUri.length);
      this.uriRead = fast ?? parseUri(strictUtf8Of(this.requestUri) ?? '') ?? null;
    }
    return this.uriRead ?? undefined;
  }

  /** '' if there is no Call-ID. */
  get callId(): string {
    return this.callIdRead ??= this.first(Header.CallId) ?? '';
  }

  /** '' if From has no tag (RFC 2543) or cannot be read. */
  get fromTag(): string {
    return this.readFromTag() ?? '';
  }

  /** '' if To has no tag or cannot be read. */
  get toTag(): string {
    return this.readToTag() ?? '';
  }

  /** From is there and can be read. */
  get isFromSound(): boolean {
    return this.readFromTag() !== null;
  }

  /** To is there and can be read. */
  get isToSound(): boolean {
    return this.readToTag() !== null;
  }

  get from(): NameAddr | undefined {
    return parseNameAddr(utf8Of(this.first(Header.From) ?? ''));
  }

  /** The address of record of From as one text, `sip:alice@example.com`; a URI without a domain (`tel:`) as it is written; '' if From cannot be read. */
  get fromAor(): string {
    const { bytes, text } = this.index;
    const at = this.find(Header.From, 0);
    const fast = at < 0 ? '' : fastAor(bytes, text, this.place(at + VALUE_START), this.place(at + VALUE_END));
    if (fast !== undefined) return fast;
    return aorIn(this.first(Header.From) ?? '');
  }

  get to(): NameAddr | undefined {
    return parseNameAddr(utf8Of(this.first(Header.To) ?? ''));
  }

  /** The URI of To; undefined if To or the URI cannot be read. */
  get toUri(): Uri | undefined {
    const { bytes, text } = this.index;
    const at = this.find(Header.To, 0);
    const fast = at < 0 || !this.isToSound ? undefined : fastAddressUri(bytes, text, this.place(at + VALUE_START), this.place(at + VALUE_END));
    return fast ?? parseUri(this.to?.uri ?? '');
  }

  /** @internal Where the topmost Via's value ends; `at` is the place of the first Via. */
  viaEnd(at: number): number {
    return this.readTopVia()?.stop ?? elementEnd(this.index.text, this.place(at + VALUE_START), this.place(at + VALUE_END));
  }

  private readTopVia(): ParsedVia | undefined {
    if (this.viaRead === undefined) {
      const { bytes, text } = this.index;
      const at = this.find(Header.Via, 0);
      const start = this.place(at + VALUE_START);
      const end = this.place(at + VALUE_END);
      this.viaRead = at < 0 ? null : fastVia(bytes, text, start, end) ?? readVia(text, start, end) ?? null;
    }
    return this.viaRead ?? undefined;
  }

  private readTag(id: HeaderId): string | null {
    const { bytes, text } = this.index;
    const at = this.find(id, 0);
    const start = this.place(at + VALUE_START);
    const end = this.place(at + VALUE_END);
    return at < 0 ? null : fastTag(bytes, text, start, end) ?? tagAt(text, start, end) ?? null;
  }

  private readFromTag(): string | null {
    if (this.fromTagRead === undefined) this.fromTagRead = this.readTag(Header.From);
    return this.fromTagRead;
  }

  private readToTag(): string | null {
    if (this.toTagRead === undefined) this.toTagRead = this.readTag(Header.To);
    return this.toTagRead;
  }
}

/** In memory of their own: a small buffer out of a pool would hold on to all of that. */
function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  copy.set(bytes);
  return copy;
}
