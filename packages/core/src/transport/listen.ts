import { isIP, isIPv4 } from 'node:net';
import { parseUri, type Uri } from '@nksip-ts/sip';
import { NksipError, portFault } from '../errors.js';
import { canonicalAddress, hostText, withoutBrackets } from './address.js';
import { isTransport, transportFacts, transportNames, transportOf, type TransportName } from './transport-facts.js';

/** One URI of `sip_listen`, understood. */
export interface ListenPoint {
  /** As it was written. */
  readonly text: string;
  /** All on the same port. */
  readonly transports: readonly TransportName[];
  /** Numeric, without brackets. */
  readonly address: string;
  /** 0: any free one. */
  readonly port: number;
}

/**
 * Reads `sip_listen`: URIs with commas between, each bare or in `<...>`.
 * Throws NksipError('invalid_listen', { listen, reason }).
 */
export function parseListen(text: string): ListenPoint[] {
  if (text.trim() === '') return [];
  const points = splitUris(text).map((uri) => parsePoint(text, uri));
  const taken = new Set<string>();
  for (const point of points) {
    for (const transport of point.transports) {
      const key = `${transport} ${point.address} ${point.port}`;
      if (point.port !== 0 && taken.has(key)) throw invalid(text, `'${point.text}' is there twice`);
      taken.add(key);
    }
  }
  return points;
}

/** The same as `text` says, on any ports that are free. Throws as `parseListen` does. */
export function freePorts(text: string): string {
  return parseListen(text).map(({ address, transports: [transport, ...others] }) => {
    return `sip:${hostText(address)}:0${others.length > 0 || transport === undefined ? '' : `;transport=${transport}`}`;
  }).join(', ');
}

function splitUris(text: string): string[] {
  return text.split(/,(?![^<]*>)/).map((item) => {
    const trimmed = item.trim();
    if (trimmed === '') throw invalid(text, 'a URI is missing beside a comma');
    const inside = /^<([^<>]*)>$/.exec(trimmed);
    if (inside === null && /[<>]/.test(trimmed)) throw invalid(text, `'${trimmed}' should be one URI, all of it between < and >`);
    return inside?.[1] ?? trimmed;
  });
}

function parsePoint(listen: string, text: string): ListenPoint {
  const uri = parseUri(text);
  if (uri === undefined || (uri.scheme !== 'sip' && uri.scheme !== 'sips')) throw invalid(listen, `'${text}' is not a sip: or sips: URI${portReason(text)}${meant(text)}`);
  if (uri.user !== '' || uri.headers !== undefined) throw invalid(listen, `'${text}' should hold only a host, a port and a transport`);
  for (const name of uri.params.keys()) {
    if (/^sips?:/.test(name)) throw invalid(listen, 'write a comma between two addresses');
    if (name !== 'transport') throw invalid(listen, `'${name}' in '${text}' means nothing here, only 'transport' does`);
  }
  const transports = transportsOf(listen, text, uri);
  const port = uri.port ?? transportFacts[transports[0]].port;
  return { text, transports, address: addressOf(listen, uri.domain), port };
}

function portReason(text: string): string {
  const fault = portFault(text);
  return fault === undefined ? '' : `: ${fault}`;
}

const meantScheme = new RegExp(`^(${transportNames.join('|')}|https?|sips?):(?://)?(.*)$`, 'i');

/** What whoever wrote this most likely meant: a transport in the place of the scheme, slashes, or no scheme. */
function meant(text: string): string {
  const [, scheme = '', rest = text] = meantScheme.exec(text) ?? [];
  const transport = scheme.toLowerCase().replace('http', 'ws');
  const isSecure = transport === 'sips' || (isTransport(transport) && transportFacts[transport].isSecure);
  const place = /^\d+$/.test(rest) ? `all:${rest}` : rest.replace(/^[*]?:/, 'all:').replace(/\/$/, '');
  const uri = `${isSecure ? 'sips' : 'sip'}:${place}${isTransport(transport) ? `;transport=${transport}` : ''}`;
  return parseUri(uri) === undefined ? '' : `, but '${uri}' would be one`;
}

function transportsOf(listen: string, text: string, uri: Uri): readonly [TransportName, ...TransportName[]] {
  const named = uri.params.get('transport');
  if (named === undefined) return uri.scheme === 'sips' ? ['tls'] : ['udp', 'tcp'];
  const transport = transportOf(uri.scheme, named);
  if (transport !== undefined) return [transport];
  if (!isTransport(named.toLowerCase())) throw invalid(listen, `'${named.toLowerCase()}' in '${text}' should be ${oneOfThem}`);
  throw invalid(listen, `'${text}' cannot be: sips needs TLS, and ${named.toUpperCase()} has none`);
}

/** e.g. `udp, tcp or tls` */
const oneOfThem = transportNames.join(', ').replace(/, (\w+)$/, ' or $1');

function addressOf(listen: string, domain: string): string {
  const names: Readonly<Record<string, string>> = { all: '0.0.0.0', all6: '::', localhost: '127.0.0.1' };
  const named = names[domain.toLowerCase()];
  if (named !== undefined) return named;
  const address = withoutBrackets(domain);
  if (isIPv4(address) || (address !== domain && isIP(address) === 6)) return canonicalAddress(address);
  throw invalid(listen, `'${domain}' should be a numeric address (IPv6 in brackets), 'all', 'all6' or 'localhost'`);
}

function invalid(listen: string, reason: string): NksipError {
  return new NksipError('invalid_listen', { listen, reason });
}
