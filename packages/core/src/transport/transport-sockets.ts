import type { SecureContextOptions } from 'node:tls';
import type { Connection } from './connection/connection.js';
import type { Connections } from './connection/connections.js';
import { connectTcp, listenTcp } from './tcp/tcp.js';
import type { ServerCredentials } from './tls/credentials.js';
import { connectTls, listenTls } from './tls/tls.js';
import type { ConnectionTransport, OpenedTransport, TransportName } from './transport-facts.js';
import type { Listener, Target } from './transport.js';
import type { Batches } from './udp/batches.js';
import { listenUdp } from './udp/udp.js';
import { listenWs, listenWss } from './ws/ws.js';

export interface ListenContext {
  readonly connections: Connections;
  /** Undefined: datagrams go one by one. */
  readonly batches: Batches | undefined;
  /** The number of a UDP socket that is open there already, told once. */
  readonly openSocket: (address: string, port: number) => number | undefined;
  /** What listeners over TLS show. */
  readonly credentials: () => Promise<ServerCredentials>;
}

export interface ConnectContext {
  readonly connections: Connections;
  /** What we show over TLS. */
  readonly credentials: () => Promise<SecureContextOptions>;
}

type Listen = (address: string, port: number, context: ListenContext) => Promise<Listener>;
type Connect = (target: Target, context: ConnectContext) => Promise<Connection>;

/** Binds a port. */
export const listen: Readonly<Record<TransportName, Listen>> = {
  udp: (address, port, { connections: { options, receiver }, batches, openSocket }) => listenUdp(address, port, options, receiver, batches, openSocket(address, port)),
  tcp: (address, port, { connections }) => listenTcp(address, port, connections),
  tls: async (address, port, { connections, credentials }) => listenTls(address, port, await credentials(), connections),
  ws: (address, port, { connections }) => listenWs(address, port, connections),
  wss: async (address, port, { connections, credentials }) => listenWss(address, port, await credentials(), connections),
};

/** Opens a connection; only the peer can open a WebSocket (RFC 7118). */
export const connect: Readonly<Record<ConnectionTransport & OpenedTransport, Connect> & Partial<Record<TransportName, Connect>>> = {
  tcp: (target, { connections }) => connectTcp(target, connections),
  tls: async (target, { connections, credentials }) => connectTls(target, await credentials(), connections),
};
