import { HeadScanner } from './head-scanner.js';
import { bodyTooLarge, defaultLimits, messageTooLarge, uriTooLong, type ParseLimits, type Refusal } from './limits.js';
import { contentLength, latin1Text, lengthFault } from './parse.js';

/**
 * What a stream holds: a whole message (its leading line ends gone, a view of what was pushed), a CRLFCRLF ping (RFC 5626 3.5.1),
 * or the end of all reading: `code` and `reason` are for a response, if `bytes`, the head as far as it is known, tell where to.
 */
export type Frame =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'ping' }
  | BrokenFrame;

export interface BrokenFrame extends Refusal {
  readonly kind: 'broken';
  readonly bytes: Uint8Array;
}

const CR = 0x0d;
const LF = 0x0a;
const SP = 0x20;
const SMALLEST_BUFFER = 2048;
const ping: Frame = { kind: 'ping' };
const nothing = new Uint8Array(0);
/** The header of a proxy protocol, a keep-alive of zero bytes, HTTP: whoever sends that means something else with what follows, too. */
const notSip: Refusal = { code: 400, reason: 'Not a SIP Message' };

/**
 * Cuts a stream into messages, strictly by Content-Length (RFC 3261 18.3). Push a chunk, then take frames until there is none.
 * Work is linear in the bytes pushed, however small the chunks. Between pushes at most one message within the limits is held, in at most
 * twice the memory of what came of it (2 KiB at least).
 */
export class Framer {
  private buffer: Uint8Array = nothing;
  /** the buffer is our own, so that bytes may be added behind `end` */
  private isOwn = false;
  /** the unread bytes are buffer[start, end) */
  private start = 0;
  private end = 0;
  /** counted from `start`: up to where the end of the head was looked for, and where the line that is being read starts */
  private scanned = 0;
  private lineStart = 0;
  /** the size of the present message once its head is whole; 0 before */
  private size = 0;
  /** line ends met since the last message or ping */
  private lineEnds = 0;
  private isBroken = false;

  constructor(private readonly limits: ParseLimits = defaultLimits) {}

  /** Bytes of memory that all stands in which is no frame yet: with all frames taken, a message that is not whole. */
  get held(): number {
    return this.buffer.buffer.byteLength;
  }

  /** Bytes of which no frame was made yet. */
  get unread(): number {
    return this.end - this.start;
  }

  /** Takes the next bytes of the stream. The chunk is kept, not copied: it must not change afterwards. Ignored once broken. */
  push(chunk: Uint8Array): void {
    if (this.isBroken || chunk.length === 0) return;
    if (this.start === this.end) {
      this.buffer = chunk;
      this.isOwn = false;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    if (!this.isOwn || this.end + chunk.length > this.buffer.length) this.move(chunk.length);
    this.buffer.set(chunk, this.end);
    this.end += chunk.length;
  }

  /**
   * Frames are views of the old buffer, so what they show is never moved or written to: another buffer takes the unread rest, with room for
   * as much again, or for what the message still lacks.
   */
  private move(more: number): void {
    const unread = this.end - this.start;
    const roomy = this.size === 0 ? 2 * unread : Math.min(2 * unread, this.size);
    const other = Buffer.allocUnsafeSlow(Math.max(SMALLEST_BUFFER, roomy, unread + more));
    other.set(this.buffer.subarray(this.start, this.end));
    this.buffer = other;
    this.isOwn = true;
    this.start = 0;
    this.end = unread;
  }

  /** No frame is left. A small rest must not keep the memory of all that came with it, and needs a buffer of its own anyway when more comes. */
  private rest(): undefined {
    const unread = this.end - this.start;
    if (unread === 0) this.forget();
    else if ((!this.isOwn || this.start > 0) && this.held > Math.max(SMALLEST_BUFFER, 2 * unread)) this.move(0);
  }

  private forget(): void {
    this.buffer = nothing;
    this.isOwn = false;
    this.start = 0;
    this.end = 0;
  }

  /** The next frame; undefined where more bytes are needed, and for ever behind a broken one. */
  next(): Frame | undefined {
    if (this.isBroken) return undefined;
    if (this.size === 0) {
      if (this.scanned === 0 && this.skipLineEnds()) return ping;
      const fault = this.findHead();
      if (fault !== undefined) return this.break(fault);
      if (this.size === 0) return this.rest();
    }
    if (this.end - this.start < this.size) return this.rest();
    const bytes = this.buffer.subarray(this.start, this.start + this.size);
    this.start += this.size;
    this.size = 0;
    this.scanned = 0;
    this.lineStart = 0;
    return { kind: 'message', bytes };
  }

  /**
   * RFC 3261 7.5 and RFC 5626 4.4.1: line ends between messages are skipped; two CRLF in a row are a ping: true. All that stand together
   * are one, for a peer may send thousands of them in a chunk.
   */
  private skipLineEnds(): boolean {
    const { buffer, end } = this;
    let { start, lineEnds } = this;
    while (start < end && (buffer[start] === CR || buffer[start] === LF)) {
      if (buffer[start] === LF) lineEnds++;
      start++;
    }
    this.start = start;
    this.lineEnds = start < end ? 0 : lineEnds % 2;
    return lineEnds >= 2;
  }

  /** Looks for the empty line that ends the head, from where it last stopped; then `size` is known. */
  private findHead(): Refusal | undefined {
    const { buffer, start, end, limits } = this;
    for (let p = start + this.scanned; p < end; p++) {
      if (buffer[p] !== LF) continue;
      const line = start + this.lineStart;
      this.scanned = p + 1 - start;
      if (this.lineStart > 0 && (p === line || (p === line + 1 && buffer[line] === CR))) return this.measure(this.scanned);
      if (this.lineStart === 0 && this.scanned > limits.maxHeadBytes) return this.longStartLine();
      this.lineStart = this.scanned;
    }
    this.scanned = this.end - this.start;
    if (this.scanned <= limits.maxHeadBytes) return undefined;
    return this.lineStart === 0 ? this.longStartLine() : messageTooLarge;
  }

  private longStartLine(): Refusal {
    const isResponse = /^sip\//i.test(latin1Text(this.buffer.subarray(this.start, this.start + 4), 4));
    return isResponse ? messageTooLarge : uriTooLong;
  }

  /** RFC 3261 18.3: on a stream Content-Length alone tells where the message ends. */
  private measure(headSize: number): Refusal | undefined {
    const { limits } = this;
    if (headSize > limits.maxHeadBytes) return messageTooLarge;
    const head = this.buffer.subarray(this.start, this.start + headSize);
    const scanner = new HeadScanner(head, 0, headSize, limits);
    if (!scanner.scanStartLine() || !isStartLine(head, scanner.lineEnd)) return notSip;
    if (!scanner.scanFields()) return { code: 400, reason: scanner.problem };
    const length = contentLength(scanner, head);
    if (length === undefined) return { code: 400, reason: 'Missing Content-Length' };
    const fault = lengthFault(length);
    if (fault !== undefined) return fault;
    if (length > limits.maxBody) return bodyTooLarge;
    if (headSize + length > limits.maxBytes) return messageTooLarge;
    this.size = headSize + length;
    return undefined;
  }

  /** Ends all reading, as a fault in the stream does: returns what is known of the message that was begun, and holds nothing any more. */
  break(refusal: Refusal): BrokenFrame {
    this.isBroken = true;
    const bytes = this.buffer.subarray(this.start, this.start + Math.min(this.scanned, this.limits.maxHeadBytes));
    this.forget();
    return { kind: 'broken', ...refusal, bytes };
  }
}

/** RFC 3261 7.1 and 7.2: a line that begins with a token and names the version of SIP. */
function isStartLine(head: Uint8Array, end: number): boolean {
  return (head[0] ?? 0) > SP && /sip\//i.test(latin1Text(head.subarray(0, end), end));
}
