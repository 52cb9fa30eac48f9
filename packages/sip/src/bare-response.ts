import { fastNumber, holds, HOST, runEnd, TOKEN, UPPER, VALUE } from './fast-path.js';
import { isTextAt } from './grammar.js';
import { Header } from './header-names.js';
import type { ParseLimits } from './limits.js';
import { nameClass, nameStates, stateHeader, UNKNOWN_HEADER } from './name-trie.js';

const HT = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const SEMICOLON = 0x3b;

const version = Buffer.from('SIP/2.0 ');
const protocol = Buffer.from('SIP/2.0/');
const branchName = Buffer.from('branch=');
const rportName = Buffer.from('rport');
const receivedName = Buffer.from('received=');

/**
 * What a client transaction asks of a response, as nearly all write it, read from the bytes where they lie; nothing is made of it but the text of its branch. It
 * is read this way for those who need no more of a 2xx than that it came: a NOTIFY has one from each of a million watchers, and a Message of it takes 2 KB. What it
 * takes, `parse` takes too and reads alike (a property test holds that); what it does not, `parse` decides. One for all responses: each reading ends the one before.
 */
export class BareResponse {
  status = 0;
  #bytes: Uint8Array = version;
  /** Where the values of Via and CSeq are; -1: there is none yet. */
  #via = -1;
  #viaEnd = -1;
  #cseq = -1;
  #cseqEnd = -1;
  /** Bytes of the body, by Content-Length; -1: it has none. */
  #length = -1;
  #host = 0;
  #hostEnd = 0;
  /** That of sent-by; -1: it has none. */
  #port = -1;
  #branch = -1;
  #branchEnd = -1;
  #rport = false;
  #received = false;

  /** False: it is of another form, or has a body. */
  read(bytes: Uint8Array, limits: ParseLimits): boolean {
    this.#bytes = bytes;
    this.#via = this.#cseq = this.#length = this.#branch = -1;
    this.#rport = this.#received = false;
    const fields = this.#readStatus();
    if (fields < 0) return false;
    const end = this.#readFields(fields, limits);
    if (end !== bytes.length || end > Math.min(limits.maxHeadBytes, limits.maxBytes) || this.#length > 0) return false;
    return this.#via >= 0 && this.#cseq >= 0 && this.#readVia();
  }

  /** Of the one Via. */
  get branch(): string {
    const bytes = this.#bytes;
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return buffer.toString('latin1', this.#branch, this.#branchEnd);
  }

  /** Whether it has this sent-by (a host in lower case), and the method in CSeq. */
  belongsTo(host: string, port: number | undefined, method: string): boolean {
    return this.#port === (port ?? -1) && this.#hostEnd - this.#host === host.length && isTextAt(this.#bytes, this.#host, host) && this.#hasMethod(method);
  }

  #hasMethod(method: string): boolean {
    const digitsEnd = this.#cseqEnd - method.length - 1;
    return this.#bytes[digitsEnd] === SP && fastNumber(this.#bytes, this.#cseq, digitsEnd) >= 0 && isTextAt(this.#bytes, digitsEnd + 1, method);
  }

  /** Where its fields begin; -1: this is no start line of a response. */
  #readStatus(): number {
    const bytes = this.#bytes;
    if (!holds(bytes, 0, bytes.length, version)) return -1;
    this.status = fastNumber(bytes, 8, 11);
    if (this.status < 100 || this.status > 699 || bytes[11] !== SP) return -1;
    let p = 12;
    while (p < bytes.length && (bytes[p] ?? 0) > CR) p++;
    return bytes[p] === CR && bytes[p + 1] === LF ? p + 2 : -1;
  }

  /** Where the head ends; -1: it has another form. As in HeadScanner, all in one function. */
  // eslint-disable-next-line complexity -- see above
  #readFields(start: number, { maxHeaders, maxHeaderLine }: ParseLimits): number {
    const bytes = this.#bytes;
    const end = bytes.length;
    let at = start;
    for (let count = 0; count < maxHeaders; count++) {
      if (bytes[at] === CR && bytes[at + 1] === LF) return at + 2;
      let p = at;
      let state = 0;
      for (; p < end; p++) {
        const kind = nameClass[bytes[p] ?? 0] ?? 0;
        if (kind === 0) break;
        state = nameStates[(state << 5) | kind] ?? 0;
      }
      if (p === at || bytes[p] !== COLON) return -1;
      p++;
      while (bytes[p] === SP) p++;
      const value = p;
      while (p < end && (bytes[p] ?? 0) > CR) p++;
      const next = p + 2;
      if (next >= end || bytes[p] !== CR || bytes[p + 1] !== LF || bytes[next] === SP || bytes[next] === HT || bytes[p - 1] === SP || next - at > maxHeaderLine) return -1;
      if (!this.#take(stateHeader[state] ?? UNKNOWN_HEADER, value, p)) return -1;
      at = next;
    }
    return -1;
  }

  /** False: there are two of it, or it cannot be read. */
  #take(header: number, start: number, end: number): boolean {
    if (header === Header.Via) {
      if (this.#via >= 0) return false;
      this.#via = start;
      this.#viaEnd = end;
    } else if (header === Header.CSeq) {
      if (this.#cseq >= 0) return false;
      this.#cseq = start;
      this.#cseqEnd = end;
    } else if (header === Header.ContentLength) {
      if (this.#length >= 0) return false;
      this.#length = fastNumber(this.#bytes, start, end);
      return this.#length >= 0;
    }
    return true;
  }

  /** `SIP/2.0/UDP host:port;rport=5062;branch=x;received=192.0.2.1`, the parameters in any order. */
  #readVia(): boolean {
    const bytes = this.#bytes;
    const end = this.#viaEnd;
    if (!holds(bytes, this.#via, end, protocol)) return false;
    const transport = this.#via + protocol.length;
    const transportEnd = runEnd(bytes, transport, end, UPPER);
    if (transportEnd === transport || bytes[transportEnd] !== SP) return false;
    this.#host = transportEnd + 1;
    let p = this.#hostEnd = runEnd(bytes, this.#host, end, HOST);
    if (p === this.#host) return false;
    this.#port = -1;
    if (p < end && bytes[p] === COLON) {
      p = runEnd(bytes, p + 1, end, TOKEN);
      this.#port = fastNumber(bytes, this.#hostEnd + 1, p);
      if (!isPort(this.#port)) return false;
    }
    while (p >= 0 && p < end) p = bytes[p] === SEMICOLON ? this.#readParameter(p + 1, end) : -1;
    return p === end && this.#branch >= 0;
  }

  /** Where it ends; -1: it is another one, or there are two of it. */
  #readParameter(at: number, end: number): number {
    const bytes = this.#bytes;
    if (this.#branch < 0 && holds(bytes, at, end, branchName)) {
      this.#branch = at + branchName.length;
      this.#branchEnd = runEnd(bytes, this.#branch, end, VALUE);
      return this.#branchEnd > this.#branch ? this.#branchEnd : -1;
    }
    if (!this.#received && holds(bytes, at, end, receivedName)) {
      this.#received = true;
      const value = at + receivedName.length;
      const valueEnd = runEnd(bytes, value, end, VALUE);
      return valueEnd > value ? valueEnd : -1;
    }
    if (this.#rport || !holds(bytes, at, end, rportName)) return -1;
    this.#rport = true;
    return this.#rportEnd(at + rportName.length, end);
  }

  #rportEnd(at: number, end: number): number {
    if (this.#bytes[at] !== 0x3d) return at;
    const valueEnd = runEnd(this.#bytes, at + 1, end, TOKEN);
    return isPort(fastNumber(this.#bytes, at + 1, valueEnd)) ? valueEnd : -1;
  }
}

function isPort(port: number): boolean {
  return port >= 0 && port <= 65_535;
}
