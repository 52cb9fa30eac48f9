import { connect, type Socket } from 'node:net';
import type { Connections } from '../connection/connections.js';
import { isTls, otherProtocol } from '../connection/other-protocol.js';
import type { StreamConnection } from './stream-connection.js';
import { connected } from './connect.js';
import { listenStream } from './stream-listener.js';
import type { Listener, Target } from '../transport.js';

export function listenTcp(address: string, port: number, connections: Connections): Promise<Listener> {
  return listenStream('tcp', address, port, connections, (socket) => {
    refuseTls(socket, connections);
    connections.adopt('tcp', socket);
  });
}

/** Nothing in TLS ends a line of SIP: both sides would wait until the end of their time. */
function refuseTls(socket: Socket, connections: Connections): void {
  socket.once('data', (bytes: Uint8Array) => {
    const spoken = isTls(bytes) ? otherProtocol('tcp', bytes) : undefined;
    if (spoken === undefined) return;
    connections.tell(spoken, { transport: 'tcp', address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
    socket.destroy();
  });
}

export async function connectTcp(target: Target, connections: Connections): Promise<StreamConnection> {
  const socket = connect({ host: target.address, port: target.port });
  connections.track('tcp', socket);
  await connected(socket, 'connect', target, connections.options.connectTimeout);
  return connections.adopt('tcp', socket, target);
}
