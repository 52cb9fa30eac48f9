import { isIP } from 'node:net';
import { formatUri, parseNameAddr, parseUri, type Uri } from '@nksip-ts/sip';
import { canonicalAddress, withoutBrackets } from '../transport/address.js';
import { isTransport, transportFacts } from '../transport/transport-facts.js';
import type { Dialog } from './dialog.js';

/**
 * Where a request of ours within a dialog goes. 'back': over the connection, or to an address from the UDP socket, of the peer's last request. 'uri': where
 * RFC 3263 leads. Undefined: nowhere.
 */
export type Hop =
  | { readonly kind: 'back'; readonly address: string; readonly port: number }
  | { readonly kind: 'uri'; readonly uri: Uri };

/**
 * RFC 3261 12.2.1.1 has requests go to the first Route, else to the Contact. But what came over a connection goes back over it (RFC 5626); and over UDP, without
 * a route, what came straight goes back to its source: many a Contact cannot be reached. To an address of which nothing is proved nothing goes
 * but to the source itself, wherever Route and Contact lead, or they would have us send to anybody.
 */
export function firstHop(dialog: Dialog): Hop | undefined {
  const { way } = dialog;
  if (way === undefined) return uriHop(dialog);
  if (transportFacts[way.transport].isReliable) return { kind: 'back', address: way.address, port: way.port };
  if (!way.isProved || (way.isStraight && dialog.routeSet.length === 0)) {
    return { kind: 'back', address: way.address, port: way.asksPort ? way.port : contactPort(dialog) };
  }
  const hop = uriHop(dialog);
  return hop?.kind === 'uri' ? datagramHop(hop.uri) ?? hop : hop;
}

export function isSameHop(one: Hop | undefined, other: Hop | undefined): boolean {
  if (one?.kind === 'back') return other?.kind === 'back' && one.address === other.address && one.port === other.port;
  return one === undefined ? other === undefined : other?.kind === 'uri' && formatUri(one.uri) === formatUri(other.uri);
}

/** Where it goes when the connection is gone: undefined for a WebSocket, which only the peer can open (RFC 7118). */
export function uriHop(dialog: Dialog): Hop | undefined {
  const { way, routeSet: [route] } = dialog;
  if (way !== undefined && transportFacts[way.transport].isReliable && transportFacts[way.transport].dns === undefined) return undefined;
  const uri = parseUri(route === undefined ? dialog.remoteTarget : parseNameAddr(route)?.uri ?? '');
  return uri === undefined ? undefined : { kind: 'uri', uri };
}

/** The port of the Contact, or the usual one: whoever asks for no rport hears there, it may be meant. */
export function contactPort({ remoteTarget }: Dialog): number {
  return parseUri(remoteTarget)?.port ?? transportFacts.udp.port;
}

/** A numeric address over UDP needs no resolving. */
function datagramHop({ scheme, domain, port, params }: Uri): Hop | undefined {
  const host = withoutBrackets(domain);
  const transport = params.get('transport')?.toLowerCase();
  if (scheme !== 'sip' || isIP(host) === 0 || params.has('maddr') || (transport !== undefined && (!isTransport(transport) || transportFacts[transport].isReliable))) return undefined;
  return { kind: 'back', address: canonicalAddress(host), port: port ?? transportFacts.udp.port };
}
