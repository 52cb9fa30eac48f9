import { NksipError } from '@nksip-ts/core';
import type { Publication, RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';

// A value: when it is over (8 bytes, milliseconds since 1970), the length of the head (4 bytes), the head (JSON), the body as it
// was published.

const HEAD_AT = 12;

type Head = readonly [
  srvId: string, scheme: string, user: string, domain: string, tag: string,
  event: string, contentType: string | null, contentEncoding: string | null, expires: number,
];

/** What a publication is stored under. */
export interface StoredUnder {
  readonly srvId: string;
  readonly aor: Aor;
  readonly tag: string;
}

/** `deadline` in milliseconds since 1970. */
export function encodeValue({ srvId, aor: { scheme, user, domain }, tag }: StoredUnder, record: RegPublish, deadline: number): Buffer {
  const { data, event, content_type = null, content_encoding = null, expires } = record;
  const head = Buffer.from(JSON.stringify([srvId, scheme, user, domain, tag, event, content_type, content_encoding, expires] satisfies Head));
  const value = Buffer.allocUnsafe(HEAD_AT + head.length + data.length);
  value.writeDoubleLE(deadline, 0);
  value.writeUInt32LE(head.length, 8);
  head.copy(value, HEAD_AT);
  value.set(data, HEAD_AT + head.length);
  return value;
}

export function deadlineOf(value: Buffer): number {
  return value.readDoubleLE(0);
}

/** A copy: nothing of it is memory of the database. `under`: what it must be stored under, if that is known. */
export function decodeValue(value: Buffer, under?: StoredUnder): Publication {
  const [srvId, scheme, user, domain, tag, event, contentType, contentEncoding, expires] = headOf(value);
  if (under !== undefined && !(tag === under.tag && user === under.aor.user && domain === under.aor.domain && scheme === under.aor.scheme && srvId === under.srvId)) {
    // Two keys with one hash: nobody can make them, so it is damage.
    throw new NksipError('store_unavailable', { reason: 'a value of the database belongs to another key' });
  }
  const data = new Uint8Array(value.subarray(HEAD_AT + value.readUInt32LE(8)));
  const record: RegPublish = {
    data, event, expires,
    ...(contentType !== null && { content_type: contentType }),
    ...(contentEncoding !== null && { content_encoding: contentEncoding }),
  };
  return { aor: { scheme, user, domain }, tag, record };
}

function headOf(value: Buffer): Head {
  try {
    return JSON.parse(value.toString('utf8', HEAD_AT, HEAD_AT + value.readUInt32LE(8))) as Head;
  } catch (error) {
    throw new NksipError('store_unavailable', { reason: 'a value of the database is damaged' }, { cause: error });
  }
}
