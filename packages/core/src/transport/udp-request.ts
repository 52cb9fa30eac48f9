import { once } from 'node:events';
import type { Socket } from 'node:dgram';
import { familyOf } from './address.js';
import { transportError } from './system-error.js';
import type { TransportOptions } from './transport-options.js';
import type { Flow, Receiver, Target } from './transport.js';
import { bindUdp, UdpFlow, UdpListener } from './udp.js';

/** Beyond so many at a time, requests share a socket. */
const mostSockets = 100;

/** UDP sockets for one request each. */
export class UdpRequestSockets {
  readonly #sockets = new Set<Promise<UdpRequestSocket>>();

  constructor(
    private readonly options: TransportOptions,
    private readonly receiver: Receiver,
  ) {}

  /** Undefined where there are too many, and where the system gives none. */
  async flowTo(target: Target): Promise<Flow | undefined> {
    if (this.#sockets.size >= mostSockets) return undefined;
    const opening = this.#open(target);
    this.#sockets.add(opening);
    try {
      const socket = await opening;
      return new UdpFlow(socket, target.address, target.port, () => {
        this.#sockets.delete(opening);
        void socket.close();
      });
    } catch {
      this.#sockets.delete(opening);
      return undefined;
    }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#sockets);
    await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
  }

  async #open(target: Target): Promise<UdpRequestSocket> {
    const any = familyOf(target.address) === 4 ? '0.0.0.0' : '::';
    const socket = await bindByNumber(any);
    try {
      await connected(socket, target);
      return new UdpRequestSocket(socket, any, this.options, this.receiver, target);
    } catch (error) {
      socket.close();
      throw error;
    }
  }
}

/** A port that the system has chosen is lost when a socket is no longer connected; one that was asked for stays. */
async function bindByNumber(address: string): Promise<Socket> {
  const chosen = await bindUdp(address, 0, 'alone');
  const { port } = chosen.address();
  const closed = once(chosen, 'close');
  chosen.close();
  await closed;
  return bindUdp(address, port, 'alone');
}

function connected(socket: Socket, { address, port }: Target): Promise<void> {
  return new Promise((resolve, reject) => socket.connect(port, address, (error?: Error) => (error === undefined ? resolve() : reject(error))));
}

/**
 * Connected to its target until it sends for the second time. As long as it is, the system tells that nobody listens there (RFC 3261 18.4), and
 * hears nobody else. An answer may come from another address or port (18.1.2 compares neither): one that was not heard comes again when the
 * request does.
 */
class UdpRequestSocket extends UdpListener {
  #isConnected = true;
  #hasSent = false;

  constructor(socket: Socket, address: string, options: TransportOptions, receiver: Receiver, private readonly target: Target) {
    super(socket, address, options, receiver);
  }

  override send(bytes: Uint8Array, address: string, port: number): Promise<void> {
    if (this.#hasSent) this.#disconnect();
    this.#hasSent = true;
    if (!this.#isConnected) return super.send(bytes, address, port);
    return new Promise((resolve, reject) => this.socket.send(bytes, (error) => (error ? reject(this.failed(error)) : resolve())));
  }

  override reply(bytes: Uint8Array, address: string, port: number): void {
    this.#disconnect();
    super.reply(bytes, address, port);
  }

  override failed(error: unknown) {
    return transportError('udp', this.target.address, this.target.port, error);
  }

  override async close(): Promise<void> {
    this.#isConnected = false;
    await super.close();
  }

  protected override broken(error: unknown): void {
    this.watchers.break(this.failed(error));
  }

  #disconnect(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.socket.disconnect();
  }
}
