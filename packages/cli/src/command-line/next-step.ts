import { parseNameAddr, parseUri } from '@nksip-ts/sip';
import type { RequestResult } from './exit-codes.js';

/** What was sent, as far as it matters for what to do next. */
export interface Sent {
  readonly from: string;
  /** The user that --user or sip_pass names, if any. */
  readonly user: string | undefined;
  readonly signsIn: boolean;
  readonly ifMatch: boolean;
}

/** What a person may do about a response that is no success; undefined: the response says it all. */
export function nextStep(result: RequestResult, sent: Sent): string | undefined {
  const { response, error } = result;
  if (response === undefined) return error === undefined ? undefined : aboutTransport(error.details);
  switch (response.code) {
    case 401:
    case 407:
      return signIn(realmsOf(response.header('WWW-Authenticate'), response.header('Proxy-Authenticate')), sent);
    case 412:
      return sent.ifMatch ? 'The server has no publication with this SIP-ETag, or no longer: publish again without --if-match.' : undefined;
    default:
      return response.code < 300 && !result.ok ? 'The response does not have exactly one SIP-ETag, as RFC 3903 requires: what was published, if anything, can be neither refreshed nor removed.' : undefined;
  }
}

function signIn(realms: string, { from, user: named, signsIn }: Sent): string {
  const user = named ?? parseUri(parseNameAddr(from)?.uri ?? '')?.user ?? '';
  if (!signsIn) return `The server asks for the password of '${user}'${realms}: give it with --pass, or in the environment variable NKSIP_TS_PASS; --user names another user.`;
  return `The password of '${user}' was not accepted${realms}.`;
}

function realmsOf(...challenges: readonly (readonly string[])[]): string {
  const realms = challenges.flat().flatMap((challenge) => /\brealm="((?:[^"\\]|\\.)*)"/i.exec(challenge)?.[1] ?? []);
  return realms.length === 0 ? '' : ` (realm ${[...new Set(realms)].join(', ')})`;
}

/** A server that speaks TLS ends the connection of whoever does not. */
function aboutTransport({ transport, reason }: Readonly<Record<string, unknown>>): string | undefined {
  if (transport !== 'tcp' || typeof reason !== 'string' || !reason.includes('closed')) return undefined;
  return 'The connection was closed before a response: if TLS is spoken at that port, write sips: or ;transport=tls.';
}
