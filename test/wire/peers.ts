import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ResponseText } from '../kit/received-text.ts';

/** What came, kept until somebody asks. */
export class Inbox {
  readonly #texts: string[] = [];
  readonly #events = new EventEmitter();
  #ended = false;

  put(text: string): void {
    this.#texts.push(text);
    this.#events.emit('change');
  }

  end(): void {
    this.#ended = true;
    this.#events.emit('change');
  }

  /** What nobody has asked for yet. */
  get waiting(): readonly string[] {
    return this.#texts;
  }

  async next(): Promise<string> {
    for (;;) {
      const text = this.#texts.shift();
      if (text !== undefined) return text;
      if (this.#ended) throw new Error('the other side closed the connection');
      await once(this.#events, 'change');
    }
  }
}

/** Somebody who talks SIP to a service over a real socket. */
export abstract class Peer {
  readonly inbox = new Inbox();
  abstract get port(): number;
  abstract send(text: string | Uint8Array): void;
  abstract close(): void;

  /** The next message that came, provisional ones too. */
  async next(): Promise<ResponseText> {
    return new ResponseText(await this.inbox.next());
  }

  /** Sends, and answers with the next message that comes. */
  async ask(text: string | Uint8Array): Promise<ResponseText> {
    this.send(text);
    return this.next();
  }
}

export class UdpPeer extends Peer {
  /** Where each message came from. */
  readonly from: { readonly address: string; readonly port: number }[] = [];

  private constructor(private readonly socket: UdpSocket, private readonly to: { readonly address: string; readonly port: number }) {
    super();
    socket.on('message', (bytes, { address, port }) => {
      this.from.push({ address, port });
      this.inbox.put(bytes.toString('latin1'));
    });
  }

  /** Sends to `address` and `port` from its own address `from`. */
  static async open(port: number, address = '127.0.0.1', from = address): Promise<UdpPeer> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, from);
    await once(socket, 'listening');
    return new UdpPeer(socket, { address, port });
  }

  get port(): number { return this.socket.address().port; }

  send(text: string | Uint8Array): void {
    this.socket.send(typeof text === 'string' ? Buffer.from(text) : text, this.to.port, this.to.address);
  }

  close(): void {
    this.socket.close();
  }
}

/** Over TCP or TLS. Line ends that come between messages are kept as texts of their own. */
export class StreamPeer extends Peer {
  readonly closed: Promise<unknown>;
  #rest = '';

  private constructor(readonly socket: Socket) {
    super();
    this.closed = once(socket, 'close');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => { this.#read(chunk.toString('latin1')); });
    socket.on('close', () => { this.inbox.end(); });
  }

  static async open(port: number, transport: 'tcp' | 'tls' = 'tcp', host = '127.0.0.1'): Promise<StreamPeer> {
    const socket = transport === 'tcp' ? connect({ port, host }) : connectTls({ port, host, rejectUnauthorized: false });
    await once(socket, transport === 'tcp' ? 'connect' : 'secureConnect');
    return new StreamPeer(socket);
  }

  get port(): number { return this.socket.localPort ?? 0; }

  send(text: string | Uint8Array): void {
    this.socket.write(text);
  }

  close(): void {
    this.socket.destroy();
  }

  #read(text: string): void {
    this.#rest += text;
    for (;;) {
      if (this.#rest.startsWith('\r\n')) {
        this.inbox.put('\r\n');
        this.#rest = this.#rest.slice(2);
        continue;
      }
      const head = this.#rest.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/^content-length: (\d+)/im.exec(this.#rest)?.[1] ?? 0);
      if (this.#rest.length < head + 4 + length) return;
      this.inbox.put(this.#rest.slice(0, head + 4 + length));
      this.#rest = this.#rest.slice(head + 4 + length);
    }
  }
}
