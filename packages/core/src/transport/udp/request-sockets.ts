import { once } from 'node:events';
import type { Socket } from 'node:dgram';
import { reasonOf, type NksipError } from '../../errors.js';
import type { Logger } from '../../log/log.js';
import { wholeOf, type Sendable } from '../head-and-body.js';
import { familyOf, hostText, withoutZone } from '../address.js';
import { transportError } from '../system-error.js';
import type { Flow, FlowUser, Receiver, Target } from '../transport.js';
import { bindUdp, isPort, receiveOn } from './udp.js';
import { Watchers } from '../watchers.js';

/** Beyond so many at a time, requests share a socket. */
const mostSockets = 100;

/** UDP sockets for one request each. */
export class UdpRequestSockets {
  readonly #flows = new Set<Promise<UdpRequestFlow>>();

  constructor(private readonly receiver: Receiver, private readonly log: Pick<Logger, 'debug'>) {}

  /** Undefined where there are too many, and where the system gives none. */
  async flowTo(target: Target): Promise<Flow | undefined> {
    try {
      if (this.#flows.size >= mostSockets) throw new Error(`${mostSockets} requests have one of their own`);
      return await this.#open(target);
    } catch (error) {
      this.log.debug({ err: error }, `a request to udp ${hostText(target.address)}:${target.port} shares a socket, and is not told when nobody listens there: ${reasonOf(error)}`);
      return undefined;
    }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#flows);
    await Promise.all(opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
  }

  async #open(target: Target): Promise<UdpRequestFlow> {
    const opening = connectedTo(target).then((socket) => new UdpRequestFlow(socket, target, this.receiver, () => this.#flows.delete(opening)));
    this.#flows.add(opening);
    opening.catch(() => this.#flows.delete(opening));
    return opening;
  }
}

async function connectedTo(target: Target): Promise<Socket> {
  const socket = await bindByNumber(familyOf(target.address) === 4 ? '0.0.0.0' : '::');
  try {
    await connected(socket, target);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
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
 * hears nobody else. A response may come from another address or port (18.1.2 compares neither): one that was not heard comes again when the
 * request does.
 */
class UdpRequestFlow implements Flow {
  readonly transport = 'udp';
  readonly isUsed = false;
  readonly localAddress: string;
  readonly localPort: number;
  readonly #watchers = new Watchers();
  #state: 'new' | 'has sent' | 'disconnected' | 'closed' = 'new';

  constructor(private readonly socket: Socket, private readonly target: Target, receiver: Receiver, private readonly released: () => void) {
    const { address, port } = socket.address();
    this.localAddress = withoutZone(address);
    this.localPort = port;
    receiveOn(socket, { address: this.localAddress, port, reply: (bytes, to, toPort) => this.#reply(bytes, to, toPort) }, receiver);
    socket.on('error', (error) => this.#watchers.break(this.#failed(error)));
  }

  send(sendable: Sendable, sender: FlowUser): void {
    const bytes = wholeOf(sendable);
    const sent = (error: Error | null): void => { if (error !== null) sender.transportFailed(this.#failed(error)); };
    if (this.#state === 'closed') return void queueMicrotask(() => sent(new Error('the socket is closed')));
    if (this.#state === 'new') {
      this.#state = 'has sent';
      return this.socket.send(bytes, sent);
    }
    this.#disconnect();
    this.socket.send(bytes, this.target.port, this.target.address, sent);
  }

  watch(user: FlowUser): void {
    this.#watchers.add(user);
  }

  unwatch(user: FlowUser): void {
    this.#watchers.delete(user);
  }

  release(): void {
    this.released();
    void this.close();
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await new Promise<void>((resolve) => void this.socket.close(resolve));
    this.#watchers.break(this.#failed(new Error('the socket was closed')));
  }

  /** Whoever misses it asks again. */
  #reply(bytes: Uint8Array, address: string, port: number): void {
    if (this.#state === 'closed' || !isPort(port)) return;
    this.#disconnect();
    this.socket.send(bytes, port, address, () => undefined);
  }

  #disconnect(): void {
    if (this.#state === 'disconnected') return;
    this.#state = 'disconnected';
    this.socket.disconnect();
  }

  #failed(error: unknown): NksipError {
    return transportError('udp', this.target.address, this.target.port, error);
  }
}
