import type { Socket } from 'node:net';
import { NksipError } from '../../errors.js';
import { senderText, type Logger } from '../../log/log.js';
import type { MemoryAccount } from '../../memory/account.js';
import { networkOf } from '../address.js';
import type { Connection, ConnectionOwner } from './connection.js';
import { ConnectionMemory } from './memory.js';
import { transportFacts, type ConnectionTransport, type StreamTransport, type TransportName } from '../transport-facts.js';
import { ReadBudget } from './read-budget.js';
import { StreamConnection } from '../tcp/stream-connection.js';
import type { TransportOptions } from '../transport-options.js';
import type { Receiver, Source, Target } from '../transport.js';

/** What has not happened for so long (ms) is told again when it happens. */
const quietTime = 60_000;

type Peer = Pick<Source, 'transport' | 'address' | 'port'>;

/** Why a new connection is refused, by the option that says so. */
const refusals = {
  sip_max_connections: 'there are too many connections (sip_max_connections), so new ones are refused',
  sip_max_connections_per_address: 'there are too many connections from there (sip_max_connections_per_address), so new ones are refused',
  sip_max_memory: 'memory is short (sip_max_memory), so new connections are refused',
} as const;

/** Owns every stream socket from the moment it is there: those in their handshake and the connections that came of them. */
export class Connections implements ConnectionOwner {
  readonly #sockets = new Set<Socket>();
  /** Places taken, by the network of the peer. */
  readonly #places = new Map<string, number>();
  readonly #connections = new Set<Connection>();
  readonly #reusable = new Map<string, Connection>();
  /** Those that cannot be found there by where their peer is: over TLS. */
  readonly #byPeer = new Map<string, Connection>();
  readonly memory: ConnectionMemory;
  readonly readBudget = new ReadBudget();
  /** When faults that peers can cause last happened, by what they are. */
  readonly #told = new Map<string, number>();
  #placesTaken = 0;
  #closing = false;

  constructor(
    readonly options: TransportOptions,
    readonly receiver: Receiver,
    account: MemoryAccount,
    private readonly log: Pick<Logger, 'isLevelEnabled' | 'debug'>,
    readonly replyElsewhere: ConnectionOwner['replyElsewhere'],
  ) {
    this.memory = new ConnectionMemory(account);
  }

  /** How many are open, by their transport. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const { transport } of this.#connections) counts[transport] = (counts[transport] ?? 0) + 1;
    return counts;
  }

  /** Takes a socket just accepted, or closes it at once where there are too many, or no memory for it. Returns as `track` does; undefined: closed. */
  admit(transport: ConnectionTransport, socket: Socket): (() => void) | undefined {
    const address = socket.remoteAddress;
    const giveBack = address === undefined ? undefined : this.takePlace(transport, address, socket.remotePort ?? 0);
    if (giveBack === undefined) {
      socket.destroy();
      return undefined;
    }
    socket.once('close', giveBack);
    return this.track(transport, socket);
  }

  /** A place for a connection that a peer is the cause of, whoever opens it. Returns how to give it back, once; undefined: there is none. */
  takePlace(transport: ConnectionTransport, address: string, port: number): (() => void) | undefined {
    const network = networkOf(address);
    const there = this.#places.get(network) ?? 0;
    const option = this.#boundOf(transport, there);
    if (option !== undefined) {
      this.tell(refusals[option], { transport, address, port }, option);
      return undefined;
    }
    this.#placesTaken++;
    this.#places.set(network, there + 1);
    return () => this.#giveBack(network);
  }

  /** The option that has no room for one more connection; `there`: how many its network has. */
  #boundOf(transport: ConnectionTransport, there: number): keyof typeof refusals | undefined {
    if (this.#placesTaken >= this.options.maxConnections) return 'sip_max_connections';
    if (there >= this.options.maxConnectionsPerAddress) return 'sip_max_connections_per_address';
    return this.memory.hasRoomFor(transport) ? undefined : 'sip_max_memory';
  }

  /**
   * Holds a socket until it is closed; what goes wrong before it becomes a connection is told by whoever makes that of it.
   * Returns what to call when its handshake is done, for it costs less from then on.
   */
  track(transport: ConnectionTransport, socket: Socket): () => void {
    const { established, takeOff } = this.memory.count(transport);
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      takeOff();
    });
    if (this.#closing) socket.destroy();
    return established;
  }

  /** Makes a connection of a connected socket. With `target`, later requests to there may use it as well. */
  adopt(transport: StreamTransport, socket: Socket, target?: Target): StreamConnection {
    return this.keep(new StreamConnection(transport, socket, this), target);
  }

  /** Holds a connection until it is closed. */
  keep<T extends Connection>(connection: T, target?: Target): T {
    const key = target === undefined ? acceptedKey(connection) : targetKey(target);
    this.#connections.add(connection);
    if (key !== undefined) this.#reusable.set(key, connection);
    const peer = peerKey(connection);
    if (key !== peer) this.#byPeer.set(peer, connection);
    void connection.closed.then(() => {
      this.#connections.delete(connection);
      if (key !== undefined && this.#reusable.get(key) === connection) this.#reusable.delete(key);
      if (this.#byPeer.get(peer) === connection) this.#byPeer.delete(peer);
    });
    if (this.#closing) void connection.close();
    return connection;
  }

  find(target: Target): Connection | undefined {
    const found = this.#reusable.get(targetKey(target));
    return found?.usable === true ? found : undefined;
  }

  /** The connection with this peer, whoever opened it, for what belongs to what came over it. */
  withPeer(peer: Pick<Source, 'transport' | 'address' | 'port'>): Connection | undefined {
    const found = this.#byPeer.get(peerKey(peer)) ?? this.#reusable.get(peerKey(peer));
    return found?.usable === true ? found : undefined;
  }

  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await Promise.all([...this.#sockets].map(destroyed));
  }

  /** A line at debug: what peers do every day, and an operator wants to know only while he looks for something. */
  note(peer: Peer, what: string): void {
    if (this.log.isLevelEnabled('debug')) this.log.debug({ from: senderText(peer) }, `${senderText(peer)}: ${what}`);
  }

  /** Told once, and again only after it had ceased for a while, but at debug: whoever floods us must not flood the log too. */
  tell(reason: string, peer: Peer, option?: string): void {
    const now = performance.now();
    const last = this.#told.get(reason);
    this.#told.set(reason, now);
    if (last !== undefined && now - last < quietTime) return this.note(peer, reason);
    const { transport, address, port } = peer;
    this.receiver.fault(new NksipError('transport_error', { transport, address, port, reason, ...(option === undefined ? undefined : { option }) }));
  }

  #giveBack(network: string): void {
    this.#placesTaken--;
    const left = (this.#places.get(network) ?? 1) - 1;
    if (left === 0) this.#places.delete(network);
    else this.#places.set(network, left);
  }
}

function destroyed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.once('close', () => resolve()).destroy());
}

/** Whether our requests go only to whom we have verified: over TLS, but not over a WebSocket, which only the peer can open. */
function mustBeVerified(transport: TransportName): boolean {
  const { isSecure, dns } = transportFacts[transport];
  return isSecure && dns !== undefined;
}

/** TLS counts as the same only for the same host: the certificate was verified against that name. */
export function targetKey(target: Target): string {
  const place = `${target.transport} ${target.address} ${target.port}`;
  return mustBeVerified(target.transport) ? `${place} ${target.host}` : place;
}

function peerKey({ transport, address, port }: Pick<Source, 'transport' | 'address' | 'port'>): string {
  return `${transport} ${address} ${port}`;
}

/**
 * Nobody vouches for who is behind a TLS connection that came to us: it carries responses, no requests of ours. A WebSocket carries
 * both, for there is no other way to who opened it: its address and port in a URI mean this very connection.
 */
function acceptedKey({ transport, address, port }: Connection): string | undefined {
  return mustBeVerified(transport) ? undefined : `${transport} ${address} ${port}`;
}
