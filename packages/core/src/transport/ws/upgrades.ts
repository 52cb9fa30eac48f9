import { IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type ServerOptions } from 'ws';
import { show } from '../../errors.js';
import { lingerTime } from '../connection/connection.js';
import type { Connections } from '../connection/connections.js';
import type { WsTransport } from '../transport-facts.js';
import { otherProtocol } from '../connection/other-protocol.js';
import type { Source } from '../transport.js';
import { WsConnection } from './connection.js';
import { fragmentsOf } from './frames.js';
import { WsRequest, type Refusal, type RequestHeaders } from './upgrade-request.js';

/** Chunks that a message may come in, which the library holds until it ends: the smallest segments that TCP has (536 bytes) are enough, and a few for small messages. */
const chunksOf = (maxBytes: number): number => 16 + Math.ceil(maxBytes / 512);

/** Not in the types of `ws` yet: how long (ms) it waits for the end of a connection that was closed. */
interface CloseTimeout {
  readonly closeTimeout: number;
}

/** Makes WebSockets of sockets whose first bytes are an HTTP request that asks for one; the others are answered and closed. */
export class WsUpgrades {
  readonly #webSockets: WebSocketServer;

  constructor(private readonly transport: WsTransport, private readonly connections: Connections) {
    const { maxBytes } = connections.options.limits;
    const options: ServerOptions & CloseTimeout = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      autoPong: false,
      closeTimeout: lingerTime,
      maxPayload: maxBytes,
      maxFragments: fragmentsOf(maxBytes),
      maxBufferedChunks: chunksOf(maxBytes),
      handleProtocols: (offered) => offered.has('sip') && 'sip',
    };
    this.#webSockets = new WebSocketServer(options);
    this.#webSockets.on('wsClientError', (_error, socket: Socket) => {
      this.#refuse(socket, { code: 400, reason: 'its head is not that of RFC 6455 4.2.1' });
    });
  }

  take(socket: Socket): void {
    const request = new WsRequest();
    const timer = setTimeout(() => socket.destroy(), this.connections.options.headTimeout);
    const read = (chunk: Uint8Array): void => {
      const head = request.push(chunk);
      if (head === undefined) return;
      clearTimeout(timer);
      socket.off('data', read);
      if ('headers' in head) return this.#upgrade(socket, head.headers);
      this.#tellOther(socket, request.bytes);
      this.#refuse(socket, head);
    };
    socket.on('data', read);
    // It is destroyed by itself then.
    socket.on('error', () => undefined);
    socket.once('close', () => clearTimeout(timer));
  }

  #upgrade(socket: Socket, headers: RequestHeaders): void {
    const problem = this.#problem(headers);
    if (problem !== undefined) return this.#refuse(socket, problem);
    const request = Object.assign(new IncomingMessage(socket), { method: 'GET', headers });
    this.#webSockets.handleUpgrade(request, socket, Buffer.alloc(0), (webSocket) => {
      this.connections.keep(new WsConnection(this.transport, webSocket, socket, this.connections));
    });
  }

  #problem(headers: RequestHeaders): Refusal | undefined {
    // RFC 7118 4.1: "the server MUST include 'sip'", and can only where the client offers it.
    const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
    if (!offered.includes('sip')) return { code: 400, reason: 'The subprotocol must be sip', given: offered.join() };
    // RFC 6455 10.2. Without Origin the client is no browser, and so no page of somebody else.
    const { origins } = this.connections.options.ws;
    const { origin } = headers;
    if (origins === undefined || origin === undefined || origins.includes(origin.toLowerCase())) return undefined;
    return { code: 403, reason: 'This origin is not one of sip_ws_origins', given: origin };
  }

  #tellOther(socket: Socket, bytes: Uint8Array): void {
    const spoken = otherProtocol(this.transport, bytes);
    if (spoken !== undefined) this.connections.tell(spoken, this.#peerOf(socket));
  }

  /** Its place is free as soon as the response is gone: nothing more is read. */
  #refuse(socket: Socket, { code, reason, given }: Refusal): void {
    const what = `the request for a WebSocket is refused with ${code}: ${reason}`;
    this.connections.note(this.#peerOf(socket), given === undefined ? what : `${what}, it is ${show(given)}`);
    const body = `This port speaks SIP over WebSocket only (RFC 7118), and ${what}.\n`;
    // RFC 9110 15.5.22, RFC 6455 4.4.
    const wanted = code === 426 ? ['Upgrade: websocket'] : ['Sec-WebSocket-Version: 13'];
    const head = [`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`, ...wanted, 'Connection: close', 'Content-Type: text/plain', `Content-Length: ${body.length}`];
    const timer = setTimeout(() => socket.destroy(), lingerTime);
    socket.once('close', () => clearTimeout(timer));
    socket.pause();
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    socket.destroySoon();
  }

  #peerOf({ remoteAddress, remotePort }: Socket): Pick<Source, 'transport' | 'address' | 'port'> {
    return { transport: this.transport, address: remoteAddress ?? '', port: remotePort ?? 0 };
  }
}
