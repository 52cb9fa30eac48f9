import { connect } from 'node:net';
import type { Connections } from './connections.js';
import type { StreamConnection } from './stream-connection.js';
import { connected } from './stream-connect.js';
import { listenStream } from './stream-listener.js';
import type { Listener, Target } from './transport.js';

export function listenTcp(address: string, port: number, connections: Connections): Promise<Listener> {
  return listenStream('tcp', address, port, connections, (socket) => void connections.adopt('tcp', socket));
}

export async function connectTcp(target: Target, connections: Connections): Promise<StreamConnection> {
  const socket = connect({ host: target.address, port: target.port });
  connections.track('tcp', socket);
  await connected(socket, 'connect', target, connections.options.connectTimeout);
  return connections.adopt('tcp', socket, target);
}
