import { usualContentTypes } from '@nksip-ts/sip';

export type ContentTypes = ReadonlyMap<string, readonly string[]>;

/** The built-in types with those of the service instead, package by package. A Map: package names come from the wire. */
export function contentTypes(own: Readonly<Record<string, readonly string[]>> = {}): ContentTypes {
  const types = new Map(Object.entries(usualContentTypes));
  for (const [event, list] of Object.entries(own)) types.set(event, list.map((type) => type.toLowerCase()));
  return types;
}

/** Whether one of `ranges` ('text/plain', 'text/*' or a full wildcard) covers `mediaType`, which is in lower case. */
export function accepts(ranges: readonly string[], mediaType: string): boolean {
  return ranges.includes(mediaType) || ranges.includes('*/*') || ranges.includes(`${mediaType.slice(0, mediaType.indexOf('/'))}/*`);
}
