import type { Framing } from '@nksip-ts/sip';

/** What is true of a transport. The `transport` parameter of a URI has its name, and a Via has it in capital letters. */
interface Facts {
  /** Nothing is lost while the connection lasts, so nothing is sent again (RFC 3261 17). Only a transport with connections is reliable. */
  readonly isReliable: boolean;
  /** It runs over TLS: what a `sips:` URI demands (RFC 3261 26.2.2). */
  readonly isSecure: boolean;
  /** Where a message ends (RFC 3261 18.3, RFC 7118 4.2). */
  readonly framing: Framing;
  /** The port where none is written (RFC 3261 18.2.2 and 19.1.2, RFC 7118 5). */
  readonly port: number;
  /** The transport that a `sips:` URI means with this name (RFC 3261 26.2.2, RFC 7118 5); undefined: this one cannot run over TLS. */
  readonly inSips: string | undefined;
  /** The names of the service in SRV and NAPTR records (RFC 3263 4.1 and 4.2); undefined: we open no connections of this kind, only peers do. */
  readonly dns: { readonly srv: string; readonly naptr: string } | undefined;
  /**
   * What a connection costs while nothing is sent over it, in bytes of the process: what was measured with 3,000 of a kind, open or in the
   * middle of a handshake, whichever is more; 0 where there are none. TCP 9.4 KB; a WebSocket 10 KB, with the request for it begun 31 KB; TLS 31 KB, with half of an
   * honest handshake 56 KB; a WebSocket over TLS 34 KB, and 22 KB for the request. A TLS record that is begun and not finished takes 32 KB above that.
   */
  readonly connectionBytes: number;
}

const KiB = 1024;

/** Code asks this table for a fact, and does not compare names. The transports that we open stand in the order in which they are tried. */
export const transportFacts = {
  udp: { isReliable: false, isSecure: false, framing: 'datagram', port: 5060, inSips: undefined, dns: { srv: '_sip._udp', naptr: 'SIP+D2U' }, connectionBytes: 0 },
  tcp: { isReliable: true, isSecure: false, framing: 'stream', port: 5060, inSips: 'tls', dns: { srv: '_sip._tcp', naptr: 'SIP+D2T' }, connectionBytes: 10 * KiB },
  tls: { isReliable: true, isSecure: true, framing: 'stream', port: 5061, inSips: 'tls', dns: { srv: '_sips._tcp', naptr: 'SIPS+D2T' }, connectionBytes: 56 * KiB },
  ws: { isReliable: true, isSecure: false, framing: 'websocket', port: 80, inSips: 'wss', dns: undefined, connectionBytes: 32 * KiB },
  wss: { isReliable: true, isSecure: true, framing: 'websocket', port: 443, inSips: 'wss', dns: undefined, connectionBytes: 64 * KiB },
} as const satisfies Readonly<Record<string, Facts>>;

type Table = typeof transportFacts;
/** The transports of which `Fact` holds. */
type Those<Fact> = { [Name in keyof Table]: Table[Name] extends Fact ? Name : never }[keyof Table];

export type TransportName = keyof Table;
/** Those that have connections. */
export type ConnectionTransport = Those<{ readonly isReliable: true }>;
export type SecureTransport = Those<{ readonly isSecure: true }>;
/** Those whose messages stand one behind the other in a stream. */
export type StreamTransport = Those<{ readonly framing: 'stream' }>;
export type WsTransport = Those<{ readonly framing: 'websocket' }>;
/** Those that we open ourselves. */
export type OpenedTransport = Those<{ readonly dns: object }>;

export const transportNames = Object.keys(transportFacts).filter(isTransport);
/** Those that we open ourselves, in the order in which they are tried. */
export const openedTransports = transportNames.filter(isOpened);

export function isTransport(name: string): name is TransportName {
  return Object.hasOwn(transportFacts, name);
}

function isOpened(name: TransportName): name is OpenedTransport {
  return transportFacts[name].dns !== undefined;
}

export function isWebSocket(name: TransportName): name is WsTransport {
  return transportFacts[name].framing === 'websocket';
}

/** What a URI means by its `transport` parameter; undefined: nothing that we know, or nothing that could be. */
export function transportOf(scheme: string, parameter: string): TransportName | undefined {
  const name = parameter.toLowerCase();
  if (!isTransport(name)) return undefined;
  return scheme === 'sips' ? transportFacts[name].inSips : name;
}

/** The `transport` parameter with which a URI means this transport; undefined: it means it without one (RFC 3261 26.2.2, RFC 3263 4.1). */
export function transportParameter(scheme: string, transport: TransportName): string | undefined {
  if (transport === (scheme === 'sips' ? 'tls' : 'udp')) return undefined;
  return scheme === 'sips' ? transportNames.find((name) => transportFacts[name].inSips === transport) ?? transport : transport;
}
