import type { Socket } from 'node:net';
import type { Connections } from '../connection/connections.js';
import type { WsTransport } from '../transport-facts.js';
import { listenStream } from '../tcp/stream-listener.js';
import type { ServerCredentials } from '../tls/credentials.js';
import { listenSecure } from '../tls/tls.js';
import type { Listener } from '../transport.js';
import { WsUpgrades } from './upgrades.js';

/** Binds a port for SIP over WebSocket (RFC 7118). */
export function listenWs(address: string, port: number, connections: Connections): Promise<Listener> {
  return listenStream('ws', address, port, connections, upgrading('ws', connections));
}

/** The same over TLS. */
export function listenWss(address: string, port: number, credentials: ServerCredentials, connections: Connections): Promise<Listener> {
  return listenSecure('wss', address, port, credentials, connections, upgrading('wss', connections));
}

function upgrading(transport: WsTransport, connections: Connections): (socket: Socket) => void {
  const upgrades = new WsUpgrades(transport, connections);
  return (socket) => upgrades.take(socket);
}
