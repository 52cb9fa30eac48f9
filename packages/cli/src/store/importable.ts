import { isMoment, LONGEST_TTL, type Publication, type RegPublish } from '@nksip-ts/event-compositor';
import { canonicalAor, parseEvent, parseMediaType, parseToken, parseTokenList, type Aor } from '@nksip-ts/sip';

/** Why no PUBLISH could have made this publication; undefined if one could. */
export function faultOfPublication({ aor, tag, record }: Publication): string | undefined {
  return faultOfAor(aor)
    ?? (parseToken(tag) === tag ? undefined : 'its tag is no token, which an entity-tag must be')
    ?? faultOfRecord(record);
}

/** A user may have any character that a URI escapes; the address is compared with what a request for it would be stored under. */
function faultOfAor(aor: Aor): string | undefined {
  const canonical = canonicalAor(aor);
  if (canonical === undefined) return 'its aor is no address of record';
  if (canonical.scheme === aor.scheme && canonical.user === aor.user && canonical.domain === aor.domain) return undefined;
  return `its aor is not as it would be stored: ${JSON.stringify({ scheme: canonical.scheme, user: canonical.user, domain: canonical.domain })}`;
}

function faultOfRecord({ data, event, content_type, content_encoding, publisher, since, expires }: RegPublish): string | undefined {
  if (parseEvent(event)?.package !== event) return 'its event is no token, which the name of a package must be';
  if (content_type !== undefined && (hasLineEnd(content_type) || parseMediaType(content_type) === undefined)) return 'its content_type is no media type';
  if (content_encoding !== undefined && parseTokenList(content_encoding) === undefined) return 'its content_encoding is no token';
  if (publisher !== undefined && hasLineEnd(publisher)) return 'its publisher has a line end or a NUL in it';
  if (since !== undefined && !isMoment(since)) return 'its since is no number of seconds from 1970 to 9999';
  return data.length === 0 ? 'its data is empty, and nothing is published without a body' : faultOfEnd(expires);
}

function faultOfEnd(expires: number): string | undefined {
  if (!isMoment(expires)) return 'its expires is no number of seconds from 1970 to 9999';
  return expires > Date.now() / 1000 + LONGEST_TTL ? `its expires is more than ${LONGEST_TTL} seconds ahead, the longest that a publication may live` : undefined;
}

/** What no header of a message can have. Other control characters stand in quoted strings. */
function hasLineEnd(text: string): boolean {
  return /[\r\n\u0000]/.test(text);
}
