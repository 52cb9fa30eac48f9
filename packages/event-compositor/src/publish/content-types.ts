/**
 * What the body of a publication may be, by event package. RFC 3903 10.1: a package that is published names its type.
 * A package that is not here, nor in `sip_event_compositor_content_types`, takes any type or none.
 */
export const usualContentTypes: Readonly<Record<string, readonly string[]>> = {
  'presence': ['application/pidf+xml'], // RFC 3856 6.6
  'presence.winfo': ['application/watcherinfo+xml'], // RFC 3858
  'dialog': ['application/dialog-info+xml'], // RFC 4235 3.5
  'message-summary': ['application/simple-message-summary'], // RFC 3842 3.5
  'reg': ['application/reginfo+xml'], // RFC 3680 4.6
  'conference': ['application/conference-info+xml'], // RFC 4575 3.5
  'poc-settings': ['application/poc-settings+xml'], // RFC 4354 3.5
  'xcap-diff': ['application/xcap-diff+xml'], // RFC 5875 4.5
  'vq-rtcpxr': ['application/vq-rtcpxr'], // RFC 6035 3.5
  'certificate': ['application/pkix-cert'], // RFC 6072 6.6
  'credential': ['application/pkcs8'], // RFC 6072 7.6
  'load-control': ['application/load-control+xml'], // RFC 7200 5.5
};

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
