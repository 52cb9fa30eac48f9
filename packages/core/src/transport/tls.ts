import { isIP, type Socket } from 'node:net';
import { connect, createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Connections } from './connections.js';
import type { StreamConnection } from './stream-connection.js';
import { connected } from './stream-connect.js';
import { listenStream } from './stream-listener.js';
import { transportError } from './system-error.js';
import type { ServerCredentials } from './tls-credentials.js';
import { minVersion } from './tls-files.js';
import { checkSipIdentity } from './tls-identity.js';
import { watchRecords } from './tls-records.js';
import type { Listener, Target } from './transport.js';

/** Binds a TLS port. */
export function listenTls(address: string, port: number, credentials: ServerCredentials, connections: Connections): Promise<Listener> {
  return listenSecure('tls', address, port, credentials, connections, (socket) => void connections.adopt('tls', socket));
}

/** Binds a port for what runs over TLS; `secured` gets each socket after its handshake. Before it they are counted and owned already. */
export function listenSecure(
  transport: 'tls' | 'wss',
  address: string,
  port: number,
  credentials: ServerCredentials,
  connections: Connections,
  secured: (socket: TLSSocket) => void,
): Promise<Listener> {
  const { tls, headTimeout } = connections.options;
  let shown = credentials.current();
  const handshakes = createServer({
    ...shown,
    minVersion,
    SNICallback: (name, decide) => decide(null, credentials.named(name)),
    handshakeTimeout: headTimeout,
    requestCert: tls.requireClientCertificate,
    rejectUnauthorized: tls.requireClientCertificate,
  });
  const underWay = new UnderWay();
  handshakes.on('secureConnection', (socket) => {
    underWay.done(socket);
    secured(socket);
  });
  handshakes.on('tlsClientError', (error, socket) => handshakeFailed(transport, error, socket, connections));
  return listenStream(transport, address, port, connections, (socket, established) => {
    underWay.add(socket, (secure) => {
      established();
      watchRecords(socket, secure, () => {
        connections.tell('a peer sends TLS records that say nothing', { transport, address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
        secure.destroy();
      });
    });
    shown = upToDate(handshakes, shown, credentials.current());
    handshakes.emit('connection', socket);
  });
}

/** Handshakes of one port, by address and port of the peer: they tell which socket a secure one runs over. */
class UnderWay {
  readonly #established = new Map<string, (secure: Socket) => void>();

  add(socket: Socket, established: (secure: Socket) => void): void {
    const peer = peerOf(socket);
    this.#established.set(peer, established);
    socket.once('close', () => {
      if (this.#established.get(peer) === established) this.#established.delete(peer);
    });
  }

  done(socket: Socket): void {
    const peer = peerOf(socket);
    this.#established.get(peer)?.(socket);
    this.#established.delete(peer);
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0}`;
}

/** Handshakes from now on are made with `now`; connections that are there do not notice. */
function upToDate(handshakes: Server, shown: SecureContextOptions, now: SecureContextOptions): SecureContextOptions {
  if (now !== shown) handshakes.setSecureContext({ ...now, minVersion });
  return now;
}

function handshakeFailed(transport: 'tls' | 'wss', error: Error, socket: TLSSocket, connections: Connections): void {
  connections.receiver.fault(transportError(transport, socket.remoteAddress ?? '', socket.remotePort ?? 0, error));
  socket.destroy();
}

/** Opens a connection and verifies who is there: RFC 3261 26.3.1, RFC 5922. */
export async function connectTls(target: Target, credentials: SecureContextOptions, connections: Connections): Promise<StreamConnection> {
  const { tls, connectTimeout } = connections.options;
  const socket: Socket = connect({
    ...credentials,
    minVersion,
    host: target.address,
    port: target.port,
    // RFC 6066 3: SNI carries names only.
    servername: isIP(target.host) === 0 ? target.host : '',
    rejectUnauthorized: tls.verify,
    checkServerIdentity: (_host, certificate) => checkSipIdentity(target.host, certificate),
  });
  const established = connections.track('tls', socket);
  await connected(socket, 'secureConnect', target, connectTimeout);
  established();
  return connections.adopt('tls', socket, target);
}
