import { isIP, type Socket } from 'node:net';
import { connect, createServer, type SecureContextOptions, type Server, type TLSSocket } from 'node:tls';
import type { Connections } from '../connection/connections.js';
import type { SecureTransport } from '../transport-facts.js';
import type { StreamConnection } from '../tcp/stream-connection.js';
import { connected } from '../tcp/connect.js';
import { listenStream } from '../tcp/stream-listener.js';
import type { ServerCredentials } from './credentials.js';
import { minVersion } from './files.js';
import { handshakeReason, isGone } from './handshake.js';
import { checkSipIdentity } from './identity.js';
import { watchRecords } from './records.js';
import type { Listener, Source, Target } from '../transport.js';

/** Binds a TLS port. */
export function listenTls(address: string, port: number, credentials: ServerCredentials, connections: Connections): Promise<Listener> {
  return listenSecure('tls', address, port, credentials, connections, (socket) => void connections.adopt('tls', socket));
}

/** Binds a port for what runs over TLS; `secured` gets each socket after its handshake. Before it they are counted and owned already. */
export function listenSecure(
  transport: SecureTransport,
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
  const underWay = new UnderWay((peer) => connections.note({ transport, ...peer }, whyEnded(tls.requireClientCertificate)));
  handshakes.on('secureConnection', (socket) => {
    underWay.done(socket);
    secured(socket);
  });
  handshakes.on('tlsClientError', (error, socket) => {
    // One that is closed has no address any more: the socket below tells of it.
    if (!isGone(error) && underWay.failed(socket)) connections.tell(handshakeReason(error), peerOf(transport, socket));
    socket.destroy();
  });
  return listenStream(transport, address, port, connections, (socket, established) => {
    underWay.add(socket, (secure) => {
      established();
      watchRecords(socket, secure, () => {
        connections.tell('a peer sends TLS records that say nothing', peerOf(transport, socket));
        secure.destroy();
      });
    });
    shown = upToDate(handshakes, shown, credentials.current());
    handshakes.emit('connection', socket);
  });
}

type Peer = Pick<Source, 'address' | 'port'>;

interface Handshake extends Peer {
  readonly established: (secure: Socket) => void;
}

/** Handshakes of one port, by address and port of the peer: they tell which socket a secure one runs over. */
class UnderWay {
  readonly #handshakes = new Map<string, Handshake>();

  /** `ended` is told of each that ends before it is done, unless `failed` was called. */
  constructor(private readonly ended: (peer: Peer) => void) {}

  add(socket: Socket, established: (secure: Socket) => void): void {
    const handshake = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0, established };
    const key = keyOf(socket);
    this.#handshakes.set(key, handshake);
    socket.once('close', () => {
      if (this.#handshakes.get(key) !== handshake) return;
      this.#handshakes.delete(key);
      this.ended(handshake);
    });
  }

  done(socket: Socket): void {
    this.#handshakes.get(keyOf(socket))?.established(socket);
    this.failed(socket);
  }

  /** Whether it was one of these. */
  failed(socket: Socket): boolean {
    return this.#handshakes.delete(keyOf(socket));
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0}`;
}

function peerOf(transport: SecureTransport, { remoteAddress, remotePort }: Socket): Pick<Source, 'transport' | 'address' | 'port'> {
  return { transport, address: remoteAddress ?? '', port: remotePort ?? 0 };
}

/** Node closes it without a word where a certificate was shown that nobody vouches for. */
function whyEnded(requireClientCertificate: boolean): string {
  const why = 'the connection ended during the TLS handshake';
  return requireClientCertificate ? `${why}; tls_require_certificate ends it where no authority in tls_cafile has signed the certificate of the peer` : why;
}

/** Handshakes from now on are made with `now`; connections that are there do not notice. */
function upToDate(handshakes: Server, shown: SecureContextOptions, now: SecureContextOptions): SecureContextOptions {
  if (now !== shown) handshakes.setSecureContext({ ...now, minVersion });
  return now;
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
