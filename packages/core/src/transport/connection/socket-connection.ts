import type { Socket } from 'node:net';
import type { NksipError } from '../../errors.js';
import { wholeOf, type Sendable } from '../head-and-body.js';
import type { Connection } from './connection.js';
import { transportError } from '../system-error.js';
import { verifiedPeer } from '../tls/identity.js';
import type { FlowUser, PeerIdentity, TransportName } from '../transport.js';
import { Watchers } from '../watchers.js';

/** RFC 5626 3.5.1: what answers a double CRLF. */
export const pong: Uint8Array = new Uint8Array([13, 10]);

/** Whether these are line ends alone: they keep a connection alive and begin no message. */
export function isLineEnds(bytes: Uint8Array): boolean {
  return bytes.every((code) => code === 13 || code === 10);
}

/** What all connections have in common: whose they are, and who wants to know when they break. */
export abstract class SocketConnection implements Connection {
  abstract readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly peer: PeerIdentity | undefined;
  readonly closed: Promise<void>;
  protected readonly watchers = new Watchers();
  #isUsed = false;

  /** `socket` is connected, its handshake done. */
  constructor(socket: Socket) {
    // A socket forgets these as soon as it is closed.
    this.address = socket.remoteAddress ?? '';
    this.port = socket.remotePort ?? 0;
    this.localAddress = socket.localAddress ?? '';
    this.localPort = socket.localPort ?? 0;
    this.peer = verifiedPeer(socket);
    this.closed = socket.closed ? Promise.resolve() : new Promise((resolve) => void socket.once('close', () => resolve()));
  }

  abstract get usable(): boolean;
  abstract reply(bytes: Uint8Array, address: string, port: number): void;
  abstract close(): Promise<void>;
  /** Sends, or gives the peer up if it does not read. */
  protected abstract write(bytes: Uint8Array, done?: (error?: Error | null) => void): void;

  get isUsed(): boolean {
    return this.#isUsed;
  }

  send(bytes: Sendable, sender: FlowUser): void {
    this.#isUsed = true;
    if (!this.usable) return void queueMicrotask(() => sender.transportFailed(this.error(new Error('the connection is closed'))));
    // It may be known at once.
    this.write(wholeOf(bytes), (error) => { if (error) queueMicrotask(() => sender.transportFailed(this.error(error))); });
  }

  watch(user: FlowUser): void {
    this.watchers.add(user);
  }

  unwatch(user: FlowUser): void {
    this.watchers.delete(user);
  }

  /** It stays for others. */
  release(): void {}

  protected error(error: unknown): NksipError {
    return transportError(this.transport, this.address, this.port, error);
  }
}
