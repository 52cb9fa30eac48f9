import cluster from 'node:cluster';
import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { NksipError } from '../../errors.js';
import { familyOf, hostText, isLoopback, isWildcard } from '../address.js';
import { wholeOf, type Sendable } from '../head-and-body.js';
import { localHost } from '../local-host.js';
import { transportError } from '../system-error.js';
import type { TransportOptions } from '../transport-options.js';
import type { Flow, FlowUser, Listener, Receiver, Source } from '../transport.js';
import { Watchers } from '../watchers.js';
import { BatchSocket, openedSocket } from './batch-socket.js';
import { sendBatch, type Batches } from './batches.js';
import { Intake, type Take } from './intake.js';
import type { Datagram } from './outgoing-vector.js';
import { TurnRoom } from './turn-room.js';

/**
 * Binds one UDP socket, or takes the open one of that number. Rejects with the error of the system. In a worker of node:cluster the other workers receive on
 * one that it binds too, unless it is for this process 'alone'. With `batches`, datagrams go many at a time where nobody else receives on the socket.
 */
export async function listenUdp(
  address: string, port: number, options: TransportOptions, receiver: Receiver, batches?: Batches, use: 'shared' | 'alone' | number = 'shared',
): Promise<UdpListener> {
  if (batches === undefined || address.includes('%') || (use === 'shared' && cluster.isWorker)) {
    const socket = typeof use === 'number' ? await openedSocket(use, address, port, socketOptions(address)) : await bindUdp(address, port, use);
    return new UdpListener(socket, address, options, receiver);
  }
  const batch = await BatchSocket.bind(batches, address, port, socketOptions(address), typeof use === 'number' ? use : undefined);
  return new UdpListener(batch.socket, address, options, receiver, batch);
}

export async function bindUdp(address: string, port: number, use: 'shared' | 'alone'): Promise<Socket> {
  const socket = createSocket(socketOptions(address));
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

function socketOptions(address: string): SocketOptions {
  const family = familyOf(address);
  return { type: family === 6 ? 'udp6' : 'udp4', ipv6Only: family === 6, lookup: numericLookup };
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

/** A datagram that is not larger goes by the batch wherever another one does. */
const smallBytes = 1500;

/** On its way out. `sender` is told if the system refuses it; a response has none. */
interface Outgoing extends Datagram {
  readonly sender?: FlowUser;
}

export class UdpListener implements Listener {
  readonly transport = 'udp';
  readonly port: number;
  readonly uri: string;
  readonly watchers = new Watchers();
  #open = true;
  /** What leaves at the end of the turn. */
  #outgoing: Outgoing[] = [];
  /** Bytes in these. */
  #gathered = 0;
  readonly #intake: Intake;
  readonly #turn = new TurnRoom();
  #endsTurn = false;
  /** Bytes that may be given to the system before it is asked again how many of them wait: it need not be asked each time. */
  #room = maxWaiting;
  #ownAddress: string | undefined;
  /** Of a datagram that could go by the batch. */
  #lastAddress: string | undefined;

  constructor(
    private readonly socket: Socket,
    readonly address: string,
    options: TransportOptions,
    receiver: Receiver,
    private readonly batch?: BatchSocket,
  ) {
    this.port = socket.address().port;
    this.uri = `sip:${hostText(address)}:${this.port};transport=udp`;
    enlargeBuffer(socket, options.receiveBuffer);
    const take = taking(this, receiver);
    const intake = this.#intake = new Intake((bytes, from, fromPort, isLent) => { if (this.#open) take(bytes, from, fromPort, isLent); });
    const accept: Take = (bytes, from, fromPort) => { intake.accept(bytes, from, fromPort, true); };
    socket.on('message', (bytes, from) => {
      this.#endTurn();
      intake.accept(bytes, from.address, from.port);
      if (batch !== undefined) this.#receiveMore(batch, accept);
    });
    socket.on('error', (error) => receiver.fault(this.#failed(error)));
  }

  /** What waits behind the datagram that Node.js has read. */
  #receiveMore(batch: BatchSocket, accept: Take): void {
    for (let { left } = this.#turn; this.#open && this.#intake.isEmpty && left > 0; { left } = this.#turn) {
      const count = batch.receive(left, accept);
      this.#turn.take(count);
      if (count < left) return;
    }
  }

  /**
   * Responses of one turn of the event loop leave together at its end. One by one each wakes a peer that has just fallen asleep: under
   * load an initial PUBLISH costs 0.071 CPU-seconds of the system for 10,000 so, and 0.105 otherwise.
   */
  reply(bytes: Uint8Array, address: string, port: number): void {
    if (!this.#open || !isPort(port)) return;
    const datagram = { bytes, address, port };
    if (this.batch === undefined || this.#takes(this.batch, datagram)) return this.#gather(datagram);
    // Nothing overtakes what is gathered.
    this.flush();
    this.#sendOne(datagram);
  }

  /** Whether it can go by the batch. What goes where the last one went, as most does, need not be looked at again. */
  #takes(batch: BatchSocket, datagram: Datagram): boolean {
    if (datagram.address === this.#lastAddress && datagram.bytes.length <= smallBytes) return true;
    const isTaken = batch.takes(datagram);
    if (isTaken) this.#lastAddress = datagram.address;
    return isTaken;
  }

  #gather(datagram: Outgoing): void {
    this.#gathered += datagram.bytes.length;
    this.#outgoing.push(datagram);
    this.#endTurn();
    if (this.#gathered > maxWaiting || (this.batch !== undefined && this.#outgoing.length >= sendBatch)) this.flush();
  }

  /** Sees to it that the turn has an end. */
  #endTurn(): void {
    if (this.#endsTurn) return;
    this.#endsTurn = true;
    const now = performance.now();
    this.#turn.begin(now);
    this.#intake.begin(now);
    setImmediate(this.#turnEnds);
  }

  readonly #turnEnds = (): void => {
    this.#endsTurn = false;
    if (!this.#intake.isEmpty) this.#intake.goOn(performance.now());
    this.flush();
    this.#turn.end(performance.now());
    if (!this.#intake.isEmpty) this.#endTurn();
  };

  /** Sends at once what is gathered. */
  flush(): void {
    const outgoing = this.#outgoing;
    if (outgoing.length === 0) return;
    this.#outgoing = [];
    this.#gathered = 0;
    if (!this.#open) return;
    // What the system has no room for waits in Node.js, and what comes next behind it.
    const sent = this.batch === undefined || this.socket.getSendQueueCount() > 0 ? 0 : this.batch.send(outgoing, refusedLater);
    for (let i = sent; i < outgoing.length; i++) this.#sendOne(outgoing[i] as Outgoing);
  }

  /** Responses go without a callback, which would cost each several percent: one that is lost is sent again when its request is. */
  #sendOne(datagram: Outgoing): void {
    if (datagram.sender !== undefined) return this.#sendFor(datagram);
    const { bytes, address, port } = datagram;
    if (this.#hasRoom(bytes.length)) this.socket.send(wholeOf(bytes), port, address);
  }

  #hasRoom(size: number): boolean {
    if (this.#room <= 0) this.#room = maxWaiting - this.socket.getSendQueueSize();
    if (this.#room <= 0) return false;
    this.#room -= size;
    return true;
  }

  send(bytes: Sendable, address: string, port: number, sender: FlowUser): void {
    const datagram = { bytes, address, port, sender };
    if (this.#open && isPort(port) && this.batch?.takes(datagram) === true) this.#gather(datagram);
    else {
      this.flush();
      this.#sendFor(datagram);
    }
  }

  #sendFor(datagram: Outgoing): void {
    const { bytes, address, port } = datagram;
    const reason = this.#obstacle(bytes.length, port);
    if (reason !== undefined) return void refusedLater(datagram, new Error(reason));
    this.socket.send(wholeOf(bytes), port, address, (error) => { if (error) refused(datagram, error); });
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
    this.flush();
    this.#open = false;
    this.#intake.close();
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

/** Hands on what came to `end`. */
function taking(end: UdpEnd, receiver: Receiver): Take {
  return (bytes, address, port, isLent) => {
    // RFC 5626 4.4.2 and RFC 7983: a first byte of 0 to 3 is STUN, which may go unanswered.
    if (bytes.length === 0 || (bytes[0] ?? 0) <= 3) return;
    receiver.message(bytes, new UdpSource(end, address, port), isLent);
  };
}

export function receiveOn(socket: Socket, end: UdpEnd, receiver: Receiver): void {
  const take = taking(end, receiver);
  socket.on('message', (bytes, from) => { take(bytes, from.address, from.port); });
}

/** Whoever is told may send something, and the batch is not at its end yet. */
function refusedLater(datagram: Outgoing, error: Error): void {
  queueMicrotask(() => { refused(datagram, error); });
}

function refused({ address, port, sender }: Outgoing, error: Error): void {
  sender?.transportFailed(transportError('udp', address, port, error));
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

  send(bytes: Sendable, sender: FlowUser): void {
    this.listener.send(bytes, this.address, this.port, sender);
  }

  flush(): void {
    this.listener.flush();
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
