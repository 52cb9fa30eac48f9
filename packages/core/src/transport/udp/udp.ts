import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { NksipError } from '../../errors.js';
import { familyOf, hostText, isLoopback, isWildcard } from '../address.js';
import { localHost } from '../local-host.js';
import { transportError } from '../system-error.js';
import type { TransportOptions } from '../transport-options.js';
import type { Flow, FlowUser, Listener, Receiver, Source } from '../transport.js';
import { Watchers } from '../watchers.js';

/**
 * Binds one UDP socket. Rejects with the error of the system. In a worker of node:cluster the other workers receive on it too, unless it
 * is for this process 'alone'.
 */
export async function listenUdp(address: string, port: number, options: TransportOptions, receiver: Receiver, use: 'shared' | 'alone' = 'shared'): Promise<UdpListener> {
  return new UdpListener(await bindUdp(address, port, use), address, options, receiver);
}

export async function bindUdp(address: string, port: number, use: 'shared' | 'alone'): Promise<Socket> {
  const family = familyOf(address);
  const socket = createSocket({ type: family === 6 ? 'udp6' : 'udp4', ipv6Only: family === 6, lookup: numericLookup });
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address, port, exclusive: use === 'alone' });
    await listening;
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string, family: number) => void;

/** Addresses are numeric here, and a look-up that answers at once saves each datagram a turn of the event loop. */
function numericLookup(hostname: string, _options: unknown, callback: LookupCallback): void {
  callback(null, hostname, familyOf(hostname));
}

/**
 * Bytes that may wait for the end of a turn of the event loop, and as many for the system while its own buffer is full. What comes then is
 * lost, as it could be anywhere on its way.
 */
const maxWaiting = 1024 * 1024;

/** On its way out. */
interface Response {
  readonly bytes: Uint8Array;
  readonly address: string;
  readonly port: number;
}

export class UdpListener implements Listener {
  readonly transport = 'udp';
  readonly port: number;
  readonly uri: string;
  readonly watchers = new Watchers();
  #open = true;
  #responses: Response[] = [];
  /** Bytes in these. */
  #gathered = 0;
  /** Bytes that may be given to the system before it is asked again how many of them wait: it need not be asked each time. */
  #room = maxWaiting;
  #ownAddress: string | undefined;

  constructor(
    private readonly socket: Socket,
    readonly address: string,
    options: TransportOptions,
    receiver: Receiver,
  ) {
    this.port = socket.address().port;
    this.uri = `sip:${hostText(address)}:${this.port};transport=udp`;
    enlargeBuffer(socket, options.receiveBuffer);
    receiveOn(socket, this, receiver);
    socket.on('error', (error) => receiver.fault(this.#failed(error)));
  }

  /**
   * Responses of one turn of the event loop leave together at its end. One by one each wakes a peer that has just fallen asleep: under
   * load an initial PUBLISH costs 0.071 CPU-seconds of the system for 10,000 so, and 0.105 otherwise.
   */
  reply(bytes: Uint8Array, address: string, port: number): void {
    if (!this.#open || !isPort(port)) return;
    this.#gathered += bytes.length;
    if (this.#responses.push({ bytes, address, port }) === 1) setImmediate(this.#sendResponses);
    else if (this.#gathered > maxWaiting) this.#sendResponses();
  }

  /** Sends at once what is gathered. */
  flush(): void {
    this.#sendResponses();
  }

  /** Without a callback, which would cost each response several percent: a datagram that is lost is sent again by its sender. */
  readonly #sendResponses = (): void => {
    const responses = this.#responses;
    if (responses.length === 0) return;
    this.#responses = [];
    this.#gathered = 0;
    if (!this.#open) return;
    for (const { bytes, address, port } of responses) if (this.#hasRoom(bytes.length)) this.socket.send(bytes, port, address);
  };

  #hasRoom(size: number): boolean {
    if (this.#room <= 0) this.#room = maxWaiting - this.socket.getSendQueueSize();
    if (this.#room <= 0) return false;
    this.#room -= size;
    return true;
  }

  send(bytes: Uint8Array, address: string, port: number, sender: FlowUser): void {
    const reason = this.#obstacle(bytes.length, port);
    if (reason !== undefined) return void queueMicrotask(() => sender.transportFailed(transportError('udp', address, port, new Error(reason))));
    this.socket.send(bytes, port, address, (error) => { if (error) sender.transportFailed(transportError('udp', address, port, error)); });
  }

  /** Why nothing can be sent; undefined: it can. */
  #obstacle(size: number, port: number): string | undefined {
    if (!this.#open) return 'the socket is closed';
    if (!isPort(port)) return `${port} is no port`;
    return this.#hasRoom(size) ? undefined : 'the system takes no more datagrams at the moment';
  }

  #failed(error: unknown): NksipError {
    return transportError('udp', this.address, this.port, error);
  }

  /** What this socket calls itself to a peer, which cannot send to 'all addresses'. */
  addressTowards(peer: string): string {
    if (isWildcard(this.address) && isLoopback(peer)) return peer;
    return (this.#ownAddress ??= localHost(undefined, this.address, networkInterfaces()));
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#sendResponses();
    this.#open = false;
    await new Promise<void>((resolve) => void this.socket.close(resolve));
    this.watchers.break(this.#failed(new Error('the socket was closed')));
  }
}

/** The end of a socket from which responses are sent. */
interface UdpEnd {
  readonly address: string;
  readonly port: number;
  reply(bytes: Uint8Array, address: string, port: number): void;
  /** Sends at once what is gathered. */
  flush?(): void;
}

export function receiveOn(socket: Socket, end: UdpEnd, receiver: Receiver): void {
  socket.on('message', (bytes, from) => {
    // RFC 5626 4.4.2 and RFC 7983: a first byte of 0 to 3 is STUN, which may go unanswered.
    if (bytes.length === 0 || (bytes[0] ?? 0) <= 3) return;
    receiver.message(bytes, new UdpSource(end, from.address, from.port));
  });
}

/** Made once a datagram: no more than two values and the way back. */
class UdpSource implements Source {
  constructor(
    private readonly end: UdpEnd,
    readonly address: string,
    readonly port: number,
  ) {}

  get transport(): 'udp' {
    return 'udp';
  }

  get localAddress(): string {
    return this.end.address;
  }

  get localPort(): number {
    return this.end.port;
  }

  reply(bytes: Uint8Array, address: string, port: number): void {
    this.end.reply(bytes, address, port);
  }

  flush(): void {
    this.end.flush?.();
  }
}

/** The way to one target from a bound socket. */
export class UdpFlow implements Flow {
  readonly transport = 'udp';
  readonly isUsed = false;
  readonly localAddress: string;
  readonly localPort: number;

  constructor(
    private readonly listener: UdpListener,
    private readonly address: string,
    private readonly port: number,
  ) {
    this.localAddress = listener.addressTowards(address);
    this.localPort = listener.port;
  }

  send(bytes: Uint8Array, sender: FlowUser): void {
    this.listener.send(bytes, this.address, this.port, sender);
  }

  watch(user: FlowUser): void {
    this.listener.watchers.add(user);
  }

  unwatch(user: FlowUser): void {
    this.listener.watchers.delete(user);
  }

  /** The socket goes on. */
  release(): void {}
}

/** A port out of a Via or of a forged datagram can be 0, at which Node would throw. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 65535;
}

function enlargeBuffer(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // Some systems refuse what is above their maximum; what they gave at first serves as well.
  }
}
