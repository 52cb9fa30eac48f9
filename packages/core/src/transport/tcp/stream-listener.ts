import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { familyOf, hostText } from '../address.js';
import type { Connections } from '../connection/connections.js';
import { transportFacts, type ConnectionTransport } from '../transport-facts.js';
import { transportError } from '../system-error.js';
import type { Listener } from '../transport.js';

/** Binds one port for streams; `accept` gets each socket admitted, and what to call when its handshake is done. Rejects with the error of the system. */
export async function listenStream(
  transport: ConnectionTransport,
  address: string,
  port: number,
  connections: Connections,
  accept: (socket: Socket, established: () => void) => void,
): Promise<Listener> {
  const server = createServer();
  const listening = once(server, 'listening');
  server.listen({ host: address, port, ipv6Only: familyOf(address) === 6 });
  await listening;
  const bound = server.address();
  const listener = new StreamListener(server, transport, address, typeof bound === 'object' ? bound?.port ?? port : port);
  server.on('connection', (socket) => {
    const established = connections.admit(transport, socket);
    if (established !== undefined) accept(socket, established);
  });
  server.on('error', (error) => connections.receiver.fault(transportError(transport, address, listener.port, error)));
  return listener;
}

class StreamListener implements Listener {
  readonly uri: string;

  constructor(
    private readonly server: Server,
    readonly transport: ConnectionTransport,
    readonly address: string,
    readonly port: number,
  ) {
    this.uri = `${transportFacts[transport].isSecure ? 'sips' : 'sip'}:${hostText(address)}:${port};transport=${transport}`;
  }

  /** No more connections. Those that are there go on: they have another owner, and `close` of the server would wait for them. */
  close(): Promise<void> {
    if (this.server.listening) this.server.close();
    return Promise.resolve();
  }
}
