import { formatNameAddr, formatUri, parseNameAddrList, parseUri, type NameAddr, type Uri } from '@nksip-ts/sip';

import { NksipError } from '../errors.js';

/** Where a request goes, and by which way. */
export interface Routing {
  readonly requestUri: string;
  /** Values of Route, in order. */
  readonly route: readonly string[];
  /** The URI to which RFC 3263 is applied. */
  readonly nextHop: Uri;
}

/**
 * The request URI and the Route header for a target and a route set (RFC 3261 12.2.1.1, which 8.1.2 applies to a pre-loaded one).
 * Throws NksipError('invalid_option') for a route that is no SIP address.
 */
export function routeTo(target: Uri, routes: readonly string[]): Routing {
  const requestUri = formatUri(asRequestUri(target));
  const hops = routes.flatMap(hopsOf);
  const [first, ...others] = hops;
  if (first === undefined) return { requestUri, route: [], nextHop: secured(target, target) };
  const nextHop = secured(first.uri, target);
  // "If the route set is not empty, and the first URI in the route set contains the lr parameter, the UAC MUST place the remote
  // target URI into the Request-URI and MUST include a Route header field containing the route set values in order".
  if (first.uri.params.has('lr')) return { requestUri, route: hops.map((hop) => hop.text), nextHop };
  // "If [...] its first URI does not contain the lr parameter, the UAC MUST place the first URI from the route set into the
  // Request-URI, stripping any parameters that are not allowed in a Request-URI. The UAC MUST add a Route header field containing
  // the remainder of the route set values in order [...] The UAC MUST then place the remote target URI into the Route header
  // field as the last value."
  const route = [...others.map((hop) => hop.text), `<${requestUri}>`];
  return { requestUri: formatUri(asRequestUri(first.uri)), route, nextHop };
}

interface Hop {
  readonly text: string;
  readonly uri: Uri;
}

/** A URI without `<>` is taken whole: its parameters are its own, for what else could they mean in a route? */
function hopsOf(route: string): readonly Hop[] {
  const bare = parseUri(route);
  const addresses = bare === undefined ? parseNameAddrList(route) : [{ uri: route, params: new Map<string, string>() }];
  if (addresses === undefined || addresses === '*') throw invalid(route);
  return addresses.map((address) => hopOf(address, route));
}

function hopOf(address: NameAddr, route: string): Hop {
  const uri = parseUri(address.uri);
  if (uri === undefined || !isSip(uri)) throw invalid(route);
  return { text: formatNameAddr(address), uri };
}

function invalid(route: string): NksipError {
  return new NksipError('invalid_option', { option: 'route', given: route, reason: "it must be like '<sip:proxy.example.com;lr>'" });
}

export function isSip(uri: Uri): boolean {
  return uri.scheme === 'sip' || uri.scheme === 'sips';
}

/** 19.1.1, table 1: a Request-URI has neither headers nor a method parameter. */
export function asRequestUri(uri: Uri): Uri {
  return without(uri, uri.port, ['method']);
}

/** 19.1.1, table 1: a To or From has no port, method, maddr, ttl, transport, lr or headers. */
export function asToUri(uri: Uri): Uri {
  return without(uri, undefined, ['method', 'maddr', 'ttl', 'transport', 'lr']);
}

function without(uri: Uri, port: number | undefined, names: readonly string[]): Uri {
  const { scheme, user, domain, password } = uri;
  const params = new Map([...uri.params].filter(([name]) => !names.includes(name)));
  return { scheme, user, domain, params, ...(password !== undefined && { password }), ...(port !== undefined && { port }) };
}

/** 8.1.2: "if the Request-URI specifies a SIPS resource, the UAC MUST follow the procedures of [4] as if the input URI were a SIPS URI". */
function secured(hop: Uri, target: Uri): Uri {
  return target.scheme === 'sips' ? { ...hop, scheme: 'sips' } : hop;
}
