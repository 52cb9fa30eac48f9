import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WsTransport } from './connection.js';
import type { Connections } from './connections.js';
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
    this.#http = createServer({ maxHeaderSize: maxRequestHead }, refuse);
    this.#http.maxHeadersCount = maxRequestLines;
    this.#http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** Its timer is our own: an HTTP server that does not listen itself looks after none. */
  take(socket: Socket): void {
    this.#waiting.set(socket, setTimeout(() => socket.destroy(), this.connections.options.headTimeout));
    socket.once('close', () => this.#forget(socket));
    this.#http.emit('connection', socket);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!(socket instanceof Socket)) return void socket.destroy();
    if (request.rawHeaders.length >= 2 * maxRequestLines) return void socket.end('HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\n\r\n');
    if ((request.headers['sec-websocket-protocol']?.length ?? 0) > maxProtocols) return void socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n');
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      this.#forget(socket);
      // The HTTP server's would destroy the socket before we can say goodbye.
      socket.removeAllListeners('timeout');
      this.connections.keep(new WsConnection(this.transport, webSocket, socket, this.connections));
    });
  }

  #problem(origin: string | undefined, request: IncomingMessage): { readonly code: number; readonly reason: string } | undefined {
    // RFC 7118 4.1: "the server MUST include 'sip'", and can only where the client offers it.
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!offered.includes('sip')) return { code: 400, reason: 'The subprotocol must be sip' };
    // RFC 6455 10.2. Without Origin the client is no browser, and so no page of somebody else.
    const { origins } = this.connections.options.ws;
    if (origins === undefined || origin === undefined || origins.includes(origin.toLowerCase())) return undefined;
    return { code: 403, reason: 'This origin is not allowed' };
  }

  #forget(socket: Duplex): void {
    clearTimeout(this.#waiting.get(socket));
    this.#waiting.delete(socket);
  }
}

/** RFC 9110 15.5.22. */
function refuse(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { 'Upgrade': 'websocket', 'Connection': 'close', 'Content-Type': 'text/plain', 'Content-Length': refusal.length });
  response.end(refusal);
}
