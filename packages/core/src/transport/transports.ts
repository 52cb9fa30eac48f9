import type { Logger } from '../log/log.js';
import type { MemoryAccount } from '../memory/account.js';
import { familyOf, hostText, isLoopback, isWildcard } from './address.js';
import { bindAll, closeAll } from './bind.js';
import type { Connection } from './connection/connection.js';
import { Connections, targetKey } from './connection/connections.js';
import { transportFacts } from './transport-facts.js';
import { inTheWay, listenChange, type Bound } from './listen-change.js';
import type { ListenPoint } from './listen.js';
import { transportError } from './system-error.js';
import { TlsCredentials } from './tls/credentials.js';
import type { TlsOptions, TransportOptions } from './transport-options.js';
import { connect, type ListenContext } from './transport-sockets.js';
import type { Flow, FlowUse, Listener, Receiver, Source, Target } from './transport.js';
import type { Batches } from './udp/batches.js';
import { loadBatches } from './udp/load-batches.js';
import { UdpRequestSockets } from './udp/request-sockets.js';
import { listenUdp, UdpFlow, UdpListener } from './udp/udp.js';
import { WaysBack } from './connection/ways-back.js';

type TransportLog = Pick<Logger, 'isLevelEnabled' | 'debug' | 'info' | 'warn'>;

/** All sockets of one service: what it listens on, and the ways to others. */
export class Transports {
  readonly #connections: Connections;
  readonly #connecting = new Map<string, Promise<Connection>>();
  readonly #waysBack: WaysBack;
  readonly #clientSockets = new Map<4 | 6, Promise<UdpListener>>();
  readonly #requestSockets: UdpRequestSockets;
  /** Those that nobody has taken: one that was closed is no more. */
  readonly #openSockets: Map<string, number>;
  #bound: readonly Bound[] = [];
  readonly #credentials: TlsCredentials;
  #closed = false;

  private constructor(
    private readonly options: TransportOptions,
    private readonly receiver: Receiver,
    memory: MemoryAccount,
    log: TransportLog,
    private readonly batches: Batches | undefined,
  ) {
    this.#openSockets = new Map(options.udpSockets);
    this.#credentials = new TlsCredentials(options.tls, options.localHost, log);
    this.#requestSockets = new UdpRequestSockets(receiver, log);
    this.#connections = new Connections(options, receiver, memory, log, (transport, address, port, bytes) => {
      if (!this.#closed) this.#waysBack.send({ transport, address, port, host: address }, bytes);
    });
    this.#waysBack = new WaysBack(this.#connections, {
      underWay: (target) => this.#connecting.get(targetKey(target)),
      open: (target) => this.#connection(target),
    });
  }

  /**
   * Binds every point, or none. Rejects with NksipError('listen_failed', { listen, reason }) or
   * NksipError('certificate_failed', { file?, reason }); nothing is left open then.
   */
  static async bind(
    points: readonly ListenPoint[], options: TransportOptions, receiver: Receiver, memory: MemoryAccount, log: TransportLog,
  ): Promise<Transports> {
    const transports = new Transports(options, receiver, memory, log, options.udpBatch === 'auto' ? await loadBatches(log) : undefined);
    try {
      transports.#bound = await bindAll(points, transports.#context(points));
      return transports;
    } catch (error) {
      transports.#credentials.close();
      throw error;
    }
  }

  get listeners(): readonly Listener[] {
    return this.#bound.map(({ listener }) => listener);
  }

  /** Connections that are open, by their transport. */
  get connectionCounts(): Readonly<Record<string, number>> {
    return this.#connections.counts;
  }

  /** A way to send requests to `target`. Rejects with NksipError('transport_error') when there is none. */
  async open(target: Target, use: FlowUse = 'lasting'): Promise<Flow> {
    try {
      if (this.#closed) throw closed();
      if (!transportFacts[target.transport].isReliable) return await this.#udpFlow(target, use);
      const connection = this.#connections.find(target) ?? (await this.#connection(target));
      this.#waysBack.takeOver(connection);
      return connection;
    } catch (error) {
      throw transportError(target.transport, target.address, target.port, error);
    }
  }

  /**
   * The way back to where a request came from, without anything that is opened: its connection, or the UDP socket that it came to, from which datagrams may
   * go to another address, too. Undefined: it is gone.
   */
  back(to: Pick<Target, 'transport' | 'address' | 'port'>, local: Pick<Source, 'localAddress' | 'localPort'>): Flow | undefined {
    if (this.#closed) return undefined;
    if (transportFacts[to.transport].isReliable) return this.#connections.withPeer(to);
    for (const { listener } of this.#bound) {
      if (listener instanceof UdpListener && listener.port === local.localPort && listener.address === local.localAddress) return new UdpFlow(listener, to.address, to.port);
    }
    return undefined;
  }

  /**
   * Listens on exactly these points from now on, with the certificates of `tls` if it is given: what stays is not touched, nor is any connection.
   * All or nothing, with the errors of `bind`.
   */
  async update(points: readonly ListenPoint[], tls?: TlsOptions): Promise<void> {
    const addresses = points.some(isSecure) ? points.map(({ address }) => address) : [];
    const back = tls === undefined ? undefined : await this.#credentials.change(tls, addresses);
    try {
      await this.#listen(points);
    } catch (error) {
      back?.();
      throw error;
    }
  }

  async #listen(points: readonly ListenPoint[]): Promise<void> {
    const { kept, removed, added } = listenChange(this.#bound, points);
    const first = removed.filter(({ listener }) => added.some((point) => inTheWay(listener, point)));
    const context = this.#context(points);
    await closeAll(first);
    try {
      this.#bound = [...kept, ...(await bindAll(added, context))];
    } catch (error) {
      this.#bound = [...this.#bound.filter((one) => !first.includes(one)), ...(await this.#bindAgain(first, context))];
      throw error;
    }
    await closeAll(removed.filter((one) => !first.includes(one)));
    if (this.#closed) await closeAll(this.#bound);
  }

  /** No new connections from now on; those that are there go on, and so do datagrams. */
  stopAccepting(): void {
    for (const { listener } of this.#bound) if (transportFacts[listener.transport].isReliable) void listener.close();
  }

  /** Resolves when all that was read is handed on: no connection has messages that wait for their turn. */
  whenAllIsRead(): Promise<void> {
    return this.#connections.readBudget.whenIdle();
  }

  /** Closes every socket, and resolves when the last one is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#credentials.close();
    const clients = await Promise.allSettled(this.#clientSockets.values());
    await Promise.all(clients.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)));
    await this.#requestSockets.close();
    await closeAll(this.#bound);
    await this.#connections.close();
  }

  readonly #openSocket: ListenContext['openSocket'] = (address, port) => {
    const at = `${hostText(address)}:${port}`;
    const fd = this.#openSockets.get(at);
    this.#openSockets.delete(at);
    return fd;
  };

  #context(points: readonly ListenPoint[]): ListenContext {
    const addresses = points.map(({ address }) => address);
    return { connections: this.#connections, batches: this.batches, openSocket: this.#openSocket, credentials: () => this.#credentials.server(addresses) };
  }

  /** Each on the port that it had. What fails now cannot be mended, only told. */
  async #bindAgain(closed: readonly Bound[], context: ListenContext): Promise<Bound[]> {
    const again: Bound[] = [];
    for (const { listener, point } of closed) {
      const transports = point.transports.filter((transport) => transport === listener.transport);
      try {
        const bound = await bindAll([{ ...point, transports, port: listener.port }], context);
        again.push(...bound.map((one) => ({ ...one, point })));
      } catch (error) {
        this.receiver.fault(transportError(listener.transport, listener.address, listener.port, error));
      }
    }
    return again;
  }

  /** RFC 3581 4 wants responses at the port that sent the request, so a socket that listens is the one to send from. */
  async #udpFlow(target: Target, use: FlowUse): Promise<Flow> {
    const listening = this.options.udpClientSocket === true ? undefined : this.#listeningSocket(target.address);
    const own = listening === undefined && use === 'request' ? await this.#requestSockets.flowTo(target) : undefined;
    return own ?? new UdpFlow(listening ?? await this.#clientSocket(familyOf(target.address)), target.address, target.port);
  }

  #listeningSocket(peer: string): UdpListener | undefined {
    let best: UdpListener | undefined;
    for (const { listener } of this.#bound) {
      if (!(listener instanceof UdpListener)) continue;
      if (fitness(listener.address, peer) > (best === undefined ? 0 : fitness(best.address, peer))) best = listener;
    }
    return best;
  }

  #clientSocket(family: 4 | 6): Promise<UdpListener> {
    const existing = this.#clientSockets.get(family);
    if (existing !== undefined) return existing;
    // Whoever asked before `close` may come here after it, and nobody would close it.
    if (this.#closed) throw closed();
    const socket = listenUdp(family === 4 ? '0.0.0.0' : '::', 0, this.options, this.receiver, this.batches, 'alone');
    this.#clientSockets.set(family, socket);
    socket.catch(() => this.#clientSockets.delete(family));
    return socket;
  }

  /** Everybody who wants the same connection at the same time waits for the same one. */
  #connection(target: Target): Promise<Connection> {
    const key = targetKey(target);
    const existing = this.#connecting.get(key);
    if (existing !== undefined) return existing;
    const connecting = this.#connect(target).finally(() => this.#connecting.delete(key));
    this.#connecting.set(key, connecting);
    return connecting;
  }

  async #connect(target: Target): Promise<Connection> {
    const open = connect[target.transport];
    if (open === undefined) throw new Error('a WebSocket is used only if the peer opened it, and there is none from there');
    return open(target, { connections: this.#connections, credentials: () => this.#credentials.client() });
  }
}

function closed(): Error {
  return new Error('the transports are closed');
}

function isSecure({ transports }: ListenPoint): boolean {
  return transports.some((transport) => transportFacts[transport].isSecure);
}

/** How well a socket bound to `own` serves to reach `peer`; 0: not at all. */
function fitness(own: string, peer: string): number {
  if (familyOf(own) !== familyOf(peer)) return 0;
  if (own === peer) return 4;
  if (isWildcard(own)) return 2;
  if (isLoopback(own)) return isLoopback(peer) ? 3 : 0;
  return 1;
}
