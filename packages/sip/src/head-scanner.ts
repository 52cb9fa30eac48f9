import type { ParseLimits } from './limits.js';
import { FIELD_END, FIELD_SIZE, FIELD_START, VALUE_END, VALUE_START, type MessageIndex } from './message-index.js';
import { nameClass, nameStates, stateHeader, UNKNOWN_HEADER } from './name-trie.js';

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/**
 * The one pass over the bytes of a head: it finds where each field starts and where its value lies, and knows the header
 * when it meets the colon. Lines end with CRLF; a bare LF is taken too, which costs nothing. A bare CR and an unescaped NUL
 * are refused: others might read another message out of them.
 *
 * What it finds is the index of its message: a copy of that would take as much memory again.
 */
export class HeadScanner implements MessageIndex {
  text = '';
  used = 0;
  seen = 0;
  repeated = 0;
  folded = false;
  bareLf = false;
  /** the first thing that is wrong with the head; '' if nothing is */
  problem = '';
  headEnd = 0;
  bodyEnd = 0;
  /** where the text of the line last read ends: its line end is behind it */
  lineEnd = 0;

  constructor(
    public bytes: Uint8Array,
    /** where the next line starts */
    public at: number,
    private end: number,
    private limits: ParseLimits,
    /** Room for 16 fields is made at once: growing by `push` costs 150 ns a message. */
    readonly fields: number[] = new Array<number>(16 * FIELD_SIZE),
  ) {}

  get faulty(): boolean {
    return this.problem !== '';
  }

  /** For another message: what it has found is good no more. */
  begin(bytes: Uint8Array, at: number, end: number, limits: ParseLimits): this {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.limits = limits;
    this.used = this.seen = this.repeated = 0;
    this.folded = this.bareLf = false;
    this.problem = '';
    return this;
  }

  /** What was found, which stays when this begins with another message. `bytes`: the same in memory of their own. */
  copy(bytes: Uint8Array): HeadScanner {
    const copy = new HeadScanner(bytes, this.at, this.end, this.limits, this.fields.slice(0, this.used));
    const { text, used, seen, repeated, folded, bareLf, problem, headEnd, bodyEnd, lineEnd } = this;
    return Object.assign(copy, { text, used, seen, repeated, folded, bareLf, problem, headEnd, bodyEnd, lineEnd });
  }

  /** Moves behind the start line, whose end is then `lineEnd`; false if the line never ends. */
  scanStartLine(): boolean {
    const next = this.scanLine(this.at);
    if (next < 0) return false;
    this.at = next;
    return true;
  }

  /** Reads fields up to the empty line and moves behind it; false if there is none. */
  scanFields(): boolean {
    const { bytes } = this;
    const full = this.limits.maxHeaders * FIELD_SIZE;
    for (;;) {
      this.scanPlainFields(full);
      const first = bytes[this.at];
      if (this.at >= this.end) return false;
      if (first === LF || (first === CR && bytes[this.at + 1] === LF)) {
        if (first === LF) this.bareLf = true;
        this.at += first === LF ? 1 : 2;
        return true;
      }
      if (this.used >= full) {
        this.refuse('Too Many Header Fields');
        return false;
      }
      if (!this.scanField()) return false;
    }
  }

  /**
   * Reads fields as nearly all are written, `Name: value` and CRLF, and stops before the first that is not: `scanField` reads any.
   * All in one function, with everything in local variables: a head then takes 370 ns instead of 580.
   */
  // eslint-disable-next-line complexity -- see above
  private scanPlainFields(full: number): void {
    const { bytes, end, fields } = this;
    const longest = this.limits.maxHeaderLine;
    let { at, used, seen, repeated } = this;
    while (used < full) {
      let p = at;
      let state = 0;
      for (; p < end; p++) {
        const kind = nameClass[bytes[p] ?? 0] ?? 0;
        if (kind === 0) break;
        state = nameStates[(state << 5) | kind] ?? 0;
      }
      if (p === at || bytes[p] !== COLON) break;
      p++;
      while (bytes[p] === SP) p++;
      const valueStart = p;
      while (p < end && (bytes[p] ?? 0) > CR) p++;
      const next = p + 2;
      if (next >= end || bytes[p] !== CR || bytes[p + 1] !== LF || isBlank(bytes[next]) || next - at > longest) break;
      if (bytes[valueStart] === HT || isBlank(bytes[p - 1])) break;
      const id = stateHeader[state] ?? UNKNOWN_HEADER;
      fields[used] = id;
      fields[used + FIELD_START] = at;
      fields[used + VALUE_START] = valueStart;
      fields[used + VALUE_END] = p;
      fields[used + FIELD_END] = next;
      used += FIELD_SIZE;
      at = next;
      if (id < 31) {
        repeated |= seen & (1 << id);
        seen |= 1 << id;
      }
    }
    this.at = at;
    this.used = used;
    this.seen = seen;
    this.repeated = repeated;
  }

  private scanField(): boolean {
    const { bytes, end } = this;
    const start = this.at;
    let p = start;
    let state = 0;
    for (; p < end; p++) {
      const kind = nameClass[bytes[p] ?? 0] ?? 0;
      if (kind === 0) break;
      state = nameStates[(state << 5) | kind] ?? 0;
    }
    const nameEnd = p;
    // RFC 3261 7.3.1 lets white space stand before the colon
    while (p < end && isBlank(bytes[p])) p++;
    const wellFormed = nameEnd > start && bytes[p] === COLON;
    const next = this.scanFoldedLine(p);
    if (next < 0) return false;
    this.at = next;
    if (next - start > this.limits.maxHeaderLine) this.refuse('Header Field Too Long');
    if (wellFormed) this.addField(stateHeader[state] ?? UNKNOWN_HEADER, start, p + 1, next);
    // RFC 3261 8.2.2: a line that is no header field is ignored, for nothing needs it; 7.1: but the start line has one line only
    else if (isBlank(bytes[start])) this.refuse('Folded Start Line');
    return true;
  }

  private addField(id: number, start: number, afterColon: number, next: number): void {
    const { bytes, fields, used } = this;
    let valueEnd = this.lineEnd;
    while (valueEnd > afterColon && isSpace(bytes[valueEnd - 1])) valueEnd--;
    let valueStart = afterColon;
    while (valueStart < valueEnd && isSpace(bytes[valueStart])) valueStart++;
    fields[used] = id;
    fields[used + FIELD_START] = start;
    fields[used + VALUE_START] = valueStart;
    fields[used + VALUE_END] = valueEnd;
    fields[used + FIELD_END] = next;
    this.used = used + FIELD_SIZE;
    if (id > 30) return;
    const bit = 1 << id;
    this.repeated |= this.seen & bit;
    this.seen |= bit;
  }

  /** Reads one field's lines: a line that begins with white space goes on with the one before (RFC 3261 7.3.1). */
  private scanFoldedLine(at: number): number {
    const { bytes, end } = this;
    let next = this.scanLine(at);
    while (next >= 0 && next < end && isBlank(bytes[next])) {
      this.folded = true;
      next = this.scanLine(next);
    }
    return next;
  }

  /** Where the line after that of `at` starts; -1 if the line never ends. */
  private scanLine(at: number): number {
    const { bytes, end } = this;
    let p = at;
    for (;;) {
      while (p < end && (bytes[p] ?? 0) > CR) p++;
      if (p >= end) return -1;
      const code = bytes[p];
      if (code === LF || (code === CR && bytes[p + 1] === LF)) {
        this.lineEnd = p;
        if (code === LF) this.bareLf = true;
        return code === LF ? p + 1 : p + 2;
      }
      if (code === CR) this.refuse('Bare CR in the Message Head');
      // RFC 3261 25.1: a quoted-pair may hold NUL; nothing else may
      else if (code === 0 && bytes[p - 1] !== BACKSLASH) this.refuse('NUL in the Message Head');
      p++;
    }
  }

  private refuse(problem: string): void {
    if (this.problem === '') this.problem = problem;
  }
}

function isBlank(code: number | undefined): boolean {
  return code === SP || code === HT;
}

function isSpace(code: number | undefined): boolean {
  return code === SP || code === HT || code === CR || code === LF;
}
