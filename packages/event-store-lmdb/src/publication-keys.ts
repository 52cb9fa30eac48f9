import { hash } from 'node:crypto';
import type { Aor } from '@nksip-ts/sip';

// A key is made of hashes, so that all keys are equally long, however long a user or a tag is, and those of one service, and of
// one address in it, stand together. JSON parts its texts whatever they hold, a lone surrogate too. The texts themselves are in
// the value and are compared on reading.

/** The service's part of a publication's key. */
export const SERVICE_BYTES = 16;
const PART_BYTES = 24;
const NONE = Buffer.alloc(0);

/** The parts of the service and the address. */
export const AOR_BYTES = SERVICE_BYTES + PART_BYTES;
/** Bytes of a publication's key. LMDB would take 1978. */
export const KEY_BYTES = AOR_BYTES + PART_BYTES;

/** Makes keys. That of the last service and address is remembered: most that is done is done for one, one thing after the other. */
export class PublicationKeys {
  #srvId = '';
  #service: Buffer = hashed([''], SERVICE_BYTES);
  /** Texts, since an object may change. */
  #aor: Aor & { key: Buffer } = { scheme: '', user: '', domain: '', key: NONE };

  service(srvId: string): Buffer {
    if (srvId !== this.#srvId) {
      this.#srvId = srvId;
      this.#service = hashed([srvId], SERVICE_BYTES);
      this.#aor.key = NONE;
    }
    return this.#service;
  }

  aor(srvId: string, { scheme, user, domain }: Aor): Buffer {
    const service = this.service(srvId);
    const last = this.#aor;
    if (last.key === NONE || last.user !== user || last.domain !== domain || last.scheme !== scheme) {
      this.#aor = { scheme, user, domain, key: followed(service, [scheme, user, domain]) };
    }
    return this.#aor.key;
  }

  publication(srvId: string, aor: Aor, tag: string): Buffer {
    return followed(this.aor(srvId, aor), [tag]);
  }
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
export function deadlineKey(deadline: number, key: Buffer = NONE): Buffer {
  const time = Math.max(0, Math.ceil(deadline));
  const entry = Buffer.allocUnsafe(8 + key.length);
  entry.writeUInt32BE(Math.floor(time / 2 ** 32), 0);
  entry.writeUInt32BE(time % 2 ** 32, 4);
  entry.set(key, 8);
  return entry;
}

/** The publication's part of a key of the index. */
export function publicationOfDeadline(key: Buffer): Buffer {
  return key.subarray(8);
}

function hashed(parts: readonly string[], bytes: number, before: Uint8Array = NONE): Buffer {
  const key = Buffer.allocUnsafe(before.length + bytes);
  key.set(before);
  // A digest as text costs a third of one that is a Buffer, and a quarter of a Hash object.
  key.write(hash('sha256', JSON.stringify(parts), 'binary'), before.length, bytes, 'latin1');
  return key;
}

function followed(before: Uint8Array, parts: readonly string[]): Buffer {
  return hashed(parts, PART_BYTES, before);
}
