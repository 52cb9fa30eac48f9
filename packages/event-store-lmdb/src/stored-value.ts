import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Publication, RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import { PublicationKeys } from './publication-keys.js';

// A value: when it expires (8 bytes, milliseconds since 1970), the length of the head with its highest bit set (4), which write made
// it (8), the head (JSON), the body as it was published, a CRC32 of the key and of all before it (4). In the first format, which is
// read until all of it is rewritten, that bit is not set, and neither the write nor the CRC is there.

const LENGTH_AT = 8;
const MARK = 0x8000_0000;
const WRITE_AT = 12;
const WRITE_BYTES = 8;
const SUM_BYTES = 4;
/** Where the head is. */
const [FORMER_HEAD_AT, HEAD_AT] = [WRITE_AT, WRITE_AT + WRITE_BYTES];
/** What any value of the first format is the version of: no other write makes one. */
const FORMER_VERSION = 'first format';

type FormerHead = readonly [
  srvId: string, scheme: string, user: string, domain: string, tag: string,
  event: string, contentType: string | null, contentEncoding: string | null, expires: number,
];
type Head = readonly [...FormerHead, publisher: string | null, since: number | null];

/** What a publication is stored under. */
export interface StoredUnder {
  readonly srvId: string;
  readonly aor: Aor;
  readonly tag: string;
}

/** What a value has, and what it says it is stored under. */
export interface Stored {
  readonly srvId: string;
  readonly publication: Publication;
}

/** Makes values, each of them another write: a number of this writer, drawn once, and one of the write. */
export class ValueWriter {
  readonly #write = randomBytes(WRITE_BYTES);

  /** `deadline` in milliseconds since 1970. */
  encode(key: Buffer, { srvId, aor: { scheme, user, domain }, tag }: StoredUnder, record: RegPublish, deadline: number): Buffer {
    const { data, event, content_type = null, content_encoding = null, expires, publisher = null, since = null } = record;
    const head = Buffer.from(JSON.stringify([srvId, scheme, user, domain, tag, event, content_type, content_encoding, expires, publisher, since] satisfies Head));
    const bodyAt = HEAD_AT + head.length;
    const value = Buffer.allocUnsafe(bodyAt + data.length + SUM_BYTES);
    value.writeDoubleLE(deadline, 0);
    value.writeUInt32LE(MARK + head.length, LENGTH_AT);
    this.#write.writeUInt32LE((this.#write.readUInt32LE(0) + 1) % 2 ** 32, 0);
    value.set(this.#write, WRITE_AT);
    value.set(head, HEAD_AT);
    value.set(data, bodyAt);
    value.writeUInt32LE(sumOf(key, value), value.length - SUM_BYTES);
    return value;
  }
}

/** Milliseconds since 1970. Of a value that has not been checked it may be any number, or none. */
export function deadlineOf(value: Buffer): number {
  return value.readDoubleLE(0);
}

/** Whether it is of the first format, as far as one may be there. */
export function isFormer(value: Buffer): boolean {
  return value.length >= FORMER_HEAD_AT && value.readUInt32LE(LENGTH_AT) < MARK;
}

/** Which write made it. */
export function versionOf(value: Buffer): string {
  return isFormer(value) ? FORMER_VERSION : value.toString('hex', WRITE_AT, HEAD_AT);
}

/** Whether it is as it was written, under this key; of the first format, which only `formerToo` lets pass, whether it says that key. */
export function isSound(key: Buffer, value: Buffer, formerToo: boolean): boolean {
  if (isFormer(value)) return formerToo && saysKey(headOf(value), key);
  return value.length >= HEAD_AT + SUM_BYTES && value.readUInt32LE(value.length - SUM_BYTES) === sumOf(key, value);
}

/** A copy: nothing of it is memory of the database. Undefined where it is damaged. */
export function decodeValue(key: Buffer, value: Buffer, formerToo: boolean): Stored | undefined {
  const head = isSound(key, value, formerToo) ? headOf(value) : undefined;
  if (head === undefined) return undefined;
  const [srvId, scheme, user, domain, tag, event, contentType, contentEncoding, expires, publisher = null, since = null] = head;
  const record: { -readonly [Field in keyof RegPublish]: RegPublish[Field] } = { data: new Uint8Array(bodyOf(value)), event, expires };
  if (contentType !== null) record.content_type = contentType;
  if (contentEncoding !== null) record.content_encoding = contentEncoding;
  if (publisher !== null) record.publisher = publisher;
  if (since !== null) record.since = since;
  return { srvId, publication: { aor: { scheme, user, domain }, tag, record } };
}

function saysKey(head: Head | FormerHead | undefined, key: Buffer): boolean {
  if (head === undefined) return false;
  const [srvId, scheme, user, domain, tag] = head;
  return new PublicationKeys().publication(srvId, { scheme, user, domain }, tag).equals(key);
}

/** Nobody can make two keys with the same hash, and damage that fits its checksum is very rare: then the texts tell. */
export function isUnder({ srvId, publication: { aor, tag } }: Stored, under: StoredUnder): boolean {
  return tag === under.tag && aor.user === under.aor.user && aor.domain === under.aor.domain && aor.scheme === under.aor.scheme && srvId === under.srvId;
}

function bodyOf(value: Buffer): Uint8Array {
  const length = value.readUInt32LE(LENGTH_AT);
  return length < MARK ? value.subarray(FORMER_HEAD_AT + length) : value.subarray(HEAD_AT + length - MARK, value.length - SUM_BYTES);
}

/** Undefined where there is none. */
function headOf(value: Buffer): Head | FormerHead | undefined {
  const length = value.readUInt32LE(LENGTH_AT);
  try {
    if (length < MARK) {
      const head: unknown = JSON.parse(value.toString('utf8', FORMER_HEAD_AT, FORMER_HEAD_AT + length));
      return isFormerHead(head) ? head : undefined;
    }
    const head: unknown = JSON.parse(value.toString('utf8', HEAD_AT, HEAD_AT + length - MARK));
    return isHead(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

/** Of a value whose checksum fits. */
function isHead(head: unknown): head is Head {
  return Array.isArray(head) && head.length === 11;
}

function isFormerHead(head: unknown): head is FormerHead {
  return Array.isArray(head) && head.length === 9 && typeof head[8] === 'number' && head.every((field, i) => i === 8 || typeof field === 'string' || (i > 5 && field === null));
}

/** It goes on from that of the key, so that a value copied under another key is almost surely noticed. */
function sumOf(key: Buffer, value: Buffer): number {
  return crc32(value.subarray(0, value.length - SUM_BYTES), crc32(key));
}
