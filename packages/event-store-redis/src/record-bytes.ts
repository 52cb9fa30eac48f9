import { NksipError } from '@nksip-ts/core';
import type { RegPublish, StoredPublish } from '@nksip-ts/event-compositor';

// A value of format 2: a line `2 VERSION`, a line of JSON with everything but the body, the body as it is. Format 1, of former
// versions, has no first line. The first line is what a store takes for the version of a value: it differs from write to write, in
// format 2 always, in format 1 unless two writes had the same milliseconds.

const FORMAT = 2;
const LINE_FEED = 0x0a;

/** A record as it stands in Redis. `version`: of this write alone, letters and digits. */
export function bytesOf({ data, ...head }: RegPublish, version: string): Buffer {
  return Buffer.concat([Buffer.from(`${FORMAT} ${version}\n${JSON.stringify(head)}\n`), data]);
}

/** Throws for what neither `bytesOf` nor a former version can have made; `store_unavailable` for what a newer one has. */
export function recordOf(bytes: Buffer): StoredPublish {
  const firstEnd = bytes.indexOf(LINE_FEED);
  const first = firstEnd < 0 ? '' : bytes.toString('utf8', 0, firstEnd);
  const isFormer = first.startsWith('{');
  if (!isFormer) checkFormat(first);
  const at = isFormer ? 0 : firstEnd + 1;
  const end = isFormer ? firstEnd : bytes.indexOf(LINE_FEED, at);
  const head = end < 0 ? undefined : headOf(bytes.toString('utf8', at, end));
  if (head === undefined) throw foreign();
  return { ...head, data: bytes.subarray(end + 1), version: first };
}

function checkFormat(first: string): void {
  const [, format] = /^(\d{1,9}) [\w-]+$/.exec(first) ?? [];
  if (format === undefined) throw foreign();
  if (Number(format) === FORMAT) return;
  const reason = `a publication is stored in format ${format}, and this version reads formats 1 and ${FORMAT}: a newer version of event-store-redis uses the same Redis`;
  throw new NksipError('store_unavailable', { reason });
}

function foreign(): Error {
  return new Error('what Redis holds under this key is no publication: does something else use the same prefix?');
}

function headOf(line: string): Omit<RegPublish, 'data'> | undefined {
  try {
    const head: unknown = JSON.parse(line);
    return isHead(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

function isHead(value: unknown): value is Omit<RegPublish, 'data'> {
  if (typeof value !== 'object' || value === null) return false;
  const { event, content_type, content_encoding, publisher, since, expires }: Partial<Record<keyof RegPublish, unknown>> = value;
  return typeof event === 'string' && typeof expires === 'number' && [content_type, content_encoding, publisher].every(isTextOrAbsent) && (since === undefined || typeof since === 'number');
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}
