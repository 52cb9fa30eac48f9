/** Bytes that the head of an HTTP request may have; browsers send cookies with it. */
const maxHead = 16_384;

/** Header fields that it may have: short ones cost five times their bytes. */
const maxFields = 63;

/** Characters of all subprotocols that a client offers: `ws` puts them into a Set, and strangers choose them (docs/architecture.md, tables). */
const maxProtocols = 256;

const CR = 0x0d;
const LF = 0x0a;

const requestLine = /^([A-Z]+) \S+ HTTP\/1\.([01])$/;
/** What a request line begins with, as far as it has come; no method is that long. */
const firstBytes = /^[A-Z]{1,20}(?: |$)/;
/** RFC 9110 5.6.2. */
const token = /^[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 5.5. */
const notInValue = /[^\t\x20-\x7e\x80-\xff]/;

/** Why there is no WebSocket: the status code, and what is said to the peer and in the log. */
export interface Refusal {
  readonly code: 400 | 403 | 426 | 431;
  readonly reason: string;
  /** What the peer has there, for the log. */
  readonly given?: string;
}

/** The header fields of a request, by their names in lower case; several of one name are one list (RFC 9110 5.3). */
export type RequestHeaders = Readonly<Record<string, string>>;

export type RequestHead = Refusal | { readonly headers: RequestHeaders };

/**
 * Reads the HTTP request for a WebSocket out of the chunks that it comes in. It is the only one of its connection: a client sends nothing
 * behind it until it is granted (RFC 6455 4.1), and so a chunk costs the work of one request, whatever else is in it.
 */
export class WsRequest {
  #bytes: Buffer = Buffer.alloc(0);

  /** What has come of it. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Its head, or why it is refused; undefined where more must come. */
  push(chunk: Uint8Array): RequestHead | undefined {
    const from = Math.max(0, this.#bytes.length - 2);
    // A copy: small pieces would hold much more than they have.
    this.#bytes = Buffer.concat([this.#bytes, chunk.subarray(0, maxHead + 1)]);
    if (!firstBytes.test(this.#bytes.toString('latin1', 0, 21))) return { code: 400, reason: 'it is no HTTP' };
    const end = headEnd(this.#bytes, from);
    if (end > maxHead || (end < 0 && this.#bytes.length > maxHead)) return { code: 431, reason: 'its head is too large' };
    if (end < 0) return undefined;
    const head = readHead(this.#bytes.toString('latin1', 0, end));
    return 'headers' in head && end < this.#bytes.length ? { code: 400, reason: 'something comes behind it before it is answered (RFC 6455 4.1)' } : head;
  }
}

/** Where the first empty line ends; -1: it has not come. RFC 9112 2.2: a line may end with LF alone. */
function headEnd(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    const next = bytes[at + 1] === CR ? at + 2 : at + 1;
    if (bytes[next] === LF) return next + 1;
  }
  return -1;
}

function readHead(text: string): RequestHead {
  const [first = '', ...lines] = text.split(/\r?\n/).slice(0, -2);
  const [, method, minor] = requestLine.exec(first) ?? [];
  if (lines.length > maxFields) return { code: 431, reason: 'it has too many header lines' };
  const headers = readFields(lines);
  if (method === undefined || headers === undefined) return { code: 400, reason: 'it is no HTTP' };
  // RFC 9110 15.5.22.
  if (!has(headers['connection'], 'upgrade') || !has(headers['upgrade'], 'websocket')) return { code: 426, reason: 'it asks for no WebSocket' };
  if (method !== 'GET' || minor === '0' || headers['host'] === undefined) return { code: 400, reason: 'its head is not that of RFC 6455 4.2.1' };
  if ((headers['sec-websocket-protocol'] ?? '').length > maxProtocols) return { code: 400, reason: 'it offers more subprotocols than anybody speaks' };
  return { headers };
}

/** RFC 9112 5: undefined where a line is no field, or goes on in the next one (5.2). */
function readFields(lines: readonly string[]): RequestHeaders | undefined {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (colon < 0 || !token.test(name) || notInValue.test(value)) return undefined;
    headers[name] = name in headers ? `${headers[name] ?? ''}, ${value}` : value;
  }
  return headers;
}

function has(list: string | undefined, item: string): boolean {
  return list !== undefined && list.split(',').some((one) => one.trim().toLowerCase() === item);
}
