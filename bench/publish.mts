/** PUBLISH requests whose bytes are made beforehand: only digits and the entity-tag are written for each. */
import { createHash } from 'node:crypto';

export const kinds = ['initial', 'refresh', 'modify', 'remove', '412'] as const;
export type Kind = (typeof kinds)[number];

/** Digits of the number of an address of record, and of a transaction. */
const USER = 8;
const TRANSACTION = 12;
export const LIFETIME = 3600;

export interface Numbers {
  /** Of the address of record. */
  readonly user: number;
  /** Never the same twice in a run. */
  readonly transaction: number;
  /** Seconds. */
  readonly expires: number;
}

export interface Sender {
  /** As in Via: UDP, TCP or WS. */
  readonly transport: string;
  readonly port: number;
}

/** One kind of PUBLISH: the bytes before the entity-tag, and those after it. */
export class Template {
  readonly #head: Piece;
  readonly #tail: Piece;
  readonly #hasTag: boolean;

  constructor(kind: Kind, sender: Sender) {
    const [head = '', tail = ''] = requestText(kind, sender).split('TAG');
    this.#head = new Piece(head);
    this.#tail = new Piece(tail);
    this.#hasTag = kind !== 'initial';
  }

  /** Writes one; answers its length. */
  write(target: Buffer, numbers: Numbers, tag: Uint8Array): number {
    let at = this.#head.write(target, 0, numbers);
    if (this.#hasTag) {
      target.set(tag, at);
      at += tag.length;
    }
    return this.#tail.write(target, at, numbers);
  }
}

/** Bytes with places for numbers. */
class Piece {
  readonly #bytes: Buffer;
  readonly #users: readonly number[];
  readonly #transactions: readonly number[];
  readonly #expires: readonly number[];

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'latin1');
    const places = (mark: string): readonly number[] => [...text.matchAll(new RegExp(mark, 'g'))].map(({ index }) => index);
    this.#users = places('U{8}');
    this.#transactions = places('T{12}');
    this.#expires = places('E{4}');
  }

  write(target: Buffer, at: number, { user, transaction, expires }: Numbers): number {
    target.set(this.#bytes, at);
    for (const place of this.#users) digits(target, at + place, USER, user);
    for (const place of this.#transactions) digits(target, at + place, TRANSACTION, transaction);
    for (const place of this.#expires) digits(target, at + place, 4, expires);
    return at + this.#bytes.length;
  }
}

function digits(target: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  for (let place = at + width - 1; place >= at; place--) {
    const next = Math.floor(rest / 10);
    target[place] = 48 + rest - 10 * next;
    rest = next;
  }
}

/** What no two runs have in common, so that none is taken for a retransmission of another. */
const run = createHash('sha256').update(`${process.pid} ${Date.now()}`).digest('hex').slice(0, 8).toLowerCase();
const branchStart = `branch=z9hG4bK${run}`;

function requestText(kind: Kind, { transport, port }: Sender): string {
  const body = kind === 'initial' ? document('open', 'Available for chat, at desk') : kind === 'modify' ? document('closed', 'In a meeting until 15:00, room 4') : '';
  // An address that begins with x tells the floor to answer 412.
  const address = `sip:${kind === '412' ? 'x' : 'u'}UUUUUUUU@example.com`;
  const expires = kind === 'remove' ? '0' : 'EEEE';
  return [
    `PUBLISH ${address} SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:${port};${branchStart}TTTTTTTTTTTT;rport`,
    'Max-Forwards: 70',
    `From: <${address}>;tag=TTTTTTTTTTTT`,
    `To: <${address}>`,
    `Call-ID: TTTTTTTTTTTT-${run}@127.0.0.1`,
    'CSeq: 1 PUBLISH',
    'Event: presence',
    `Expires: ${expires}`,
    ...(kind === 'initial' ? [] : ['SIP-If-Match: TAG']),
    ...(body === '' ? [] : ['Content-Type: application/pidf+xml']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

function document(basic: string, note: string): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:uUUUUUUUU@example.com">',
    `<tuple id="t1"><status><basic>${basic}</basic></status>`,
    '<contact priority="0.8">sip:uUUUUUUUU@192.0.2.10:5060;transport=udp</contact>',
    `<note xml:lang="en">${note}</note>`,
    '<timestamp>2026-01-01T00:00:00Z</timestamp></tuple></presence>',
  ].join('\r\n');
}

export interface Answer {
  readonly transaction: number;
  readonly code: string;
  readonly tag: string;
  readonly expires: string;
}

/** What an answer of ours says; undefined for one that is no final answer to a request of this run. */
export function readAnswer(text: string): Answer | undefined {
  const branch = text.indexOf(branchStart);
  if (branch < 0 || !text.startsWith('SIP/2.0 ') || text[8] === '1') return undefined;
  const at = branch + branchStart.length;
  return { transaction: Number(text.slice(at, at + TRANSACTION)), code: text.slice(8, 11), tag: field(text, 'SIP-ETag'), expires: field(text, 'Expires') };
}

/** Names are mostly written as the RFC does. */
function field(text: string, name: string): string {
  const start = text.indexOf(`\r\n${name}: `);
  if (start < 0) return new RegExp(`\\r\\n${name}[ \\t]*:[ \\t]*([^\\r\\s]*)`, 'i').exec(text)?.[1] ?? '';
  return text.slice(start + name.length + 4, text.indexOf('\r\n', start + 2));
}
