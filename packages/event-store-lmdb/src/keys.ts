import { createHash } from 'node:crypto';
import type { Aor } from '@nksip-ts/sip';

// A key is made of hashes, so that all keys are equally long, however long a user or a tag is, and those of one service, and of
// one address in it, stand together. JSON parts its texts whatever they hold, a lone surrogate too. The texts themselves are in
// the value and are compared on reading.

const SERVICE_BYTES = 16;
const PART_BYTES = 24;

/** Bytes of a publication's key. LMDB would take 1978. */
export const KEY_BYTES = SERVICE_BYTES + 2 * PART_BYTES;

export function serviceKey(srvId: string): Buffer {
  return hashed([srvId], SERVICE_BYTES);
}

export function aorKeyOf(srvId: string, { scheme, user, domain }: Aor): Buffer {
  return Buffer.concat([serviceKey(srvId), hashed([scheme, user, domain], PART_BYTES)]);
}

export function publicationKey(srvId: string, aor: Aor, tag: string): Buffer {
  return Buffer.concat([aorKeyOf(srvId, aor), hashed([tag], PART_BYTES)]);
}

/** The service's part of a publication's key. */
export function serviceOf(key: Buffer): Buffer {
  return key.subarray(0, SERVICE_BYTES);
}

/** Above every key that begins so. */
export function endOf(prefix: Buffer): Buffer {
  return Buffer.concat([prefix, Buffer.alloc(KEY_BYTES + 1 - prefix.length, 0xff)]);
}

/** The first key that can follow. */
export function after(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)]);
}

/** In the index of deadlines, which is in the order of time. `deadline` in milliseconds since 1970. */
export function deadlineKey(deadline: number, key: Buffer = Buffer.alloc(0)): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64BE(BigInt(Math.max(0, Math.ceil(deadline))));
  return Buffer.concat([time, key]);
}

/** The publication's part of a key of the index. */
export function publicationOfDeadline(key: Buffer): Buffer {
  return key.subarray(8);
}

function hashed(parts: readonly string[], bytes: number): Buffer {
  return createHash('sha256').update(JSON.stringify(parts)).digest().subarray(0, bytes);
}
