import type { RegPublish } from '@nksip-ts/event-compositor';

const LINE_FEED = 0x0a;

/** A record as it stands in Redis: everything but the body as one line of JSON, then the body as it is. */
export function bytesOf({ data, ...head }: RegPublish): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), data]);
}

/** Throws for what `bytesOf` cannot have made. */
export function recordOf(bytes: Buffer): RegPublish {
  const end = bytes.indexOf(LINE_FEED);
  const head: unknown = end < 0 ? undefined : JSON.parse(bytes.toString('utf8', 0, end));
  if (!isHead(head)) throw new Error('what Redis holds under this key is no publication: does something else use the same prefix?');
  return { ...head, data: bytes.subarray(end + 1) };
}

function isHead(value: unknown): value is Omit<RegPublish, 'data'> {
  if (typeof value !== 'object' || value === null) return false;
  const { event, content_type, content_encoding, expires }: Partial<Record<keyof RegPublish, unknown>> = value;
  return typeof event === 'string' && typeof expires === 'number' && isTextOrAbsent(content_type) && isTextOrAbsent(content_encoding);
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
