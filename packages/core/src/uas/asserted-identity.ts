import { Header, parseAor, parseNameAddr, parseUri, type Aor, type Message } from '@nksip-ts/sip';
import type { AssertedIdentity } from '../callback/request.js';

/**
 * What P-Asserted-Identity says; undefined if it says nothing, or what it must not. RFC 3325 9.1: there "may be one or two P-Asserted-Identity values. If there is one
 * value, it MUST be a sip, sips, or tel URI. If there are two values, one value MUST be a sip or sips URI and the other MUST be a tel URI". Who this comes from is not looked at here.
 */
export function assertedIdentityOf(message: Message): AssertedIdentity | undefined {
  if (message.count(Header.PAssertedIdentity) === 0) return undefined;
  const values = message.list(Header.PAssertedIdentity);
  if (values.length === 0 || values.length > 2) return undefined;
  const found: { uri?: string; aor?: Aor; tel?: string } = {};
  for (const value of values) if (!take(found, parseNameAddr(value)?.uri ?? '')) return undefined;
  return { ...found, privacy: privacyOf(message) };
}

/** False if it is no such URI, or a second one of its kind. */
function take(found: { uri?: string; aor?: Aor; tel?: string }, text: string): boolean {
  const scheme = parseUri(text)?.scheme;
  if (scheme === 'tel' && found.tel === undefined) {
    found.tel = text;
    return true;
  }
  const aor = scheme === 'sip' || scheme === 'sips' ? parseAor(text) : undefined;
  if (aor === undefined || found.uri !== undefined) return false;
  found.uri = text;
  found.aor = aor;
  return true;
}

function privacyOf(message: Message): readonly string[] {
  return message.values(Header.Privacy).flatMap((line) => line.split(/[;,]/)).map((word) => word.trim().toLowerCase()).filter((word) => word !== '');
}
