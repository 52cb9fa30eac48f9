import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { show } from '../errors.js';
import type { WsTransport } from './connection.js';
import type { Connections } from './connections.js';
import { otherProtocol } from './other-protocol.js';
import type { Source } from './transport.js';
import { WsConnection } from './ws-connection.js';

/** Bytes that the head of an HTTP request may have; browsers send cookies with it. */
const maxRequestHead = 16_384;

/** Header lines that it may have: short ones cost five times their bytes. Node ignores what is more, and we refuse it. */
const maxRequestLines = 64;

/** Characters of all subprotocols that a client offers: `ws` puts them into a Set, and strangers choose them (docs/architecture.md, tables). */
const maxProtocols = 256;
/**
 * The library holds what a message came in until it ends, with an object of its own for each piece: fragments that have a KiB on average,
 * or the smallest segments that TCP has (536 bytes), are enough for any client. And a few for messages that are small.
 */
const pieces = { few: 16, bytesOfFragment: 1024, bytesOfChunk: 512 };

const refusal = 'This port speaks SIP over WebSocket only (RFC 7118).\n';

type Peer = Pick<Source, 'transport' | 'address' | 'port'>;

interface Refusal {
  readonly code: number;
  readonly reason: string;
  /** What the peer has there, for the log. */
  readonly given?: string;
}

interface ClientError extends Error {
  readonly code?: string;
  /** What could not be read. */
  readonly rawPacket?: Uint8Array;
}

/** Makes WebSockets of sockets whose first bytes are an HTTP request that asks for one; the others are answered and closed. */
export class WsUpgrades {
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  readonly #waiting = new Map<Duplex, NodeJS.Timeout>();

  constructor(private readonly transport: WsTransport, private readonly connections: Connections) {
    const { maxBytes } = connections.options.limits;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      // One message, ping or pong of a connection in a turn: a chunk can hold thousands, and others would wait for all of them.
      allowSynchronousEvents: false,
      maxPayload: maxBytes,
      maxFragments: pieces.few + Math.ceil(maxBytes / pieces.bytesOfFragment),
      maxBufferedChunks: pieces.few + Math.ceil(maxBytes / pieces.bytesOfChunk),
      handleProtocols: (offered) => offered.has('sip') && 'sip',
      verifyClient: ({ origin, req }, decide) => {
        const problem = this.#problem(origin, req);
        decide(problem === undefined, problem?.code, problem?.reason);
      },
    });
    this.#http = createServer({ maxHeaderSize: maxRequestHead }, (request, response) => this.#notUpgrade(request, response));
    this.#http.maxHeadersCount = maxRequestLines;
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on('clientError', (error: ClientError, socket) => this.#unreadable(error, socket));
  }

  /** Its timer is our own: an HTTP server that does not listen itself looks after none. */
  take(socket: Socket): void {
    this.#waiting.set(socket, setTimeout(() => socket.destroy(), this.connections.options.headTimeout));
    socket.once('close', () => this.#forget(socket));
    this.#http.emit('connection', socket);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!(socket instanceof Socket)) return void socket.destroy();
    if (request.rawHeaders.length >= 2 * maxRequestLines) return this.#refuse(socket, 431, 'it has too many header lines');
    if ((request.headers['sec-websocket-protocol']?.length ?? 0) > maxProtocols) return this.#refuse(socket, 400, 'it offers more subprotocols than anybody speaks');
    const peer = this.#peerOf(socket);
    let isGranted = false;
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      isGranted = true;
      this.#forget(socket);
      // The HTTP server's would destroy the socket before we can say goodbye.
      socket.removeAllListeners('timeout');
      this.connections.keep(new WsConnection(this.transport, webSocket, socket, this.connections));
    });
    if (!isGranted) this.#noteRefusal(peer, this.#problem(request.headers.origin, request) ?? { code: 400, reason: 'its head is not that of RFC 6455 4.2.1' });
  }

  /** RFC 9110 15.5.22. */
  #notUpgrade({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#noteRefusal(this.#peerOf(socket), { code: 426, reason: 'it asks for no WebSocket' });
    response.writeHead(426, { 'Upgrade': 'websocket', 'Connection': 'close', 'Content-Type': 'text/plain', 'Content-Length': refusal.length });
    response.end(refusal);
  }

  #unreadable({ code, rawPacket }: ClientError, socket: Duplex): void {
    if (!(socket instanceof Socket) || !socket.writable) return void socket.destroy();
    const spoken = rawPacket && otherProtocol(this.transport, rawPacket);
    if (spoken !== undefined) this.connections.tell(spoken, this.#peerOf(socket));
    this.#refuse(socket, code === 'HPE_HEADER_OVERFLOW' ? 431 : 400, code === 'HPE_HEADER_OVERFLOW' ? 'its head is too large' : 'it is no HTTP');
  }

  #refuse(socket: Socket, code: 400 | 431, reason: string): void {
    this.#noteRefusal(this.#peerOf(socket), { code, reason });
    socket.write(`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}\r\nConnection: close\r\n\r\n`);
    socket.destroySoon();
  }

  #noteRefusal(peer: Peer, { code, reason, given }: Refusal): void {
    this.connections.note(peer, `the request for a WebSocket is refused with ${code}: ${reason}${given === undefined ? '' : `, it is ${show(given)}`}`);
  }

  #peerOf({ remoteAddress, remotePort }: Socket): Peer {
    return { transport: this.transport, address: remoteAddress ?? '', port: remotePort ?? 0 };
  }

  #problem(origin: string | undefined, request: IncomingMessage): Refusal | undefined {
    // RFC 7118 4.1: "the server MUST include 'sip'", and can only where the client offers it.
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!offered.includes('sip')) return { code: 400, reason: 'The subprotocol must be sip', given: offered.join() };
    // RFC 6455 10.2. Without Origin the client is no browser, and so no page of somebody else.
    const { origins } = this.connections.options.ws;
    if (origins === undefined || origin === undefined || origins.includes(origin.toLowerCase())) return undefined;
    return { code: 403, reason: 'This origin is not one of sip_ws_origins', given: origin };
  }

  #forget(socket: Duplex): void {
    clearTimeout(this.#waiting.get(socket));
    this.#waiting.delete(socket);
  }
}
