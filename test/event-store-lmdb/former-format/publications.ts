import type { RegPublish } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';

/** Seconds since 1970 of the moment at which the directory was made. */
export const madeAt = 1_795_867_200;
/** Seconds: as long as a publication may last at most, until 2163; those that were over an hour later. */
const [LONG, SHORT] = [4_294_967_295, 3600];

export interface Former {
  readonly srvId: string;
  readonly aor: Aor;
  readonly tag: string;
  readonly record: RegPublish;
  /** Seconds. */
  readonly ttl: number;
}

const alice: Aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };

function former(srvId: string, aor: Aor, tag: string, data: Uint8Array, ttl: number, more: object = { content_type: 'application/pidf+xml' }): Former {
  return { srvId, aor, tag, ttl, record: { data, event: 'presence', ...more, expires: madeAt + 0.25 + ttl } };
}

/** What was put into data.mdb, in this order, with the code of commit 4245615. */
export const formerPublications: readonly Former[] = [
  ...Array.from({ length: 12 }, (_, i) => former('one', alice, `tag${i}`, Buffer.from(`body ${i}`), LONG)),
  ...Array.from({ length: 3 }, (_, i) => former('one', { ...alice, user: 'short' }, `tag${i}`, Buffer.from(`short ${i}`), SHORT)),
  former('one', { ...alice, user: 'both' }, 'long', Buffer.from('long'), LONG),
  former('one', { ...alice, user: 'both' }, 'short', Buffer.from('short'), SHORT),
  former('two', { ...alice, scheme: 'sips' }, 'of all bytes', Uint8Array.from({ length: 256 }, (_, i) => i), LONG, { content_encoding: 'gzip' }),
  former('two', { ...alice, user: 'b\u00f6b "\u0000\ud800' }, '\udfff', new Uint8Array(0), LONG, {}),
  former('two', { ...alice, user: '' }, 'several pages', Uint8Array.from({ length: 10_000 }, (_, i) => (i * 7 + (i >> 8)) & 0xff), LONG),
];
