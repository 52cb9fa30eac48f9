import { once } from 'node:events';
import { WebSocket } from 'ws';
import { Peer } from './peers.ts';

/** Over a WebSocket, as a browser would. */
export class WsPeer extends Peer {
  /** Whether each message that came was binary. */
  readonly binary: boolean[] = [];
  readonly port = 0;

  private constructor(readonly webSocket: WebSocket) {
    super();
    webSocket.on('error', () => undefined);
    webSocket.on('message', (data, isBinary) => {
      this.binary.push(isBinary);
      this.inbox.put(Buffer.isBuffer(data) ? data.toString('latin1') : '');
    });
    webSocket.on('close', () => { this.inbox.end(); });
  }

  static async open(port: number, transport: 'ws' | 'wss' = 'ws', host = '127.0.0.1'): Promise<WsPeer> {
    const webSocket = new WebSocket(`${transport}://${host}:${port}`, 'sip', { rejectUnauthorized: false });
    await once(webSocket, 'open');
    return new WsPeer(webSocket);
  }

  /** A text in a text message, bytes in a binary one. */
  send(text: string | Uint8Array): void {
    this.webSocket.send(text);
  }

  close(): void {
    this.webSocket.terminate();
  }
}
