import type { MemoryAccount, Tally } from '../memory-account.js';
import type { ConnectionTransport } from './transport.js';

/**
 * What a connection costs while nothing is sent over it, in bytes of the process: what was measured with 3,000 of a kind, open or in the
 * middle of a handshake, whichever is more. TCP 9.4 KB; a WebSocket 10 KB, with the request for it begun 31 KB; TLS 31 KB, with half of a
 * handshake 56 KB; a WebSocket over TLS 34 KB, and 22 KB for the request. A TLS record that is begun and not finished takes 32 KB above that.
 */
const costs: Readonly<Record<ConnectionTransport, number>> = { tcp: 10 * 1024, ws: 32 * 1024, tls: 56 * 1024, wss: 64 * 1024 };

/** The share of the account that all connections may have, with all that they hold: the rest is for requests and for what is stored. */
const most = 0.5;

/** Bytes that a connection may hold without anybody being asked: a message in two pieces, an answer that is on its way. */
const little = 4096;

/** What the connections of a service hold, in its account. */
export class ConnectionMemory {
  readonly unfinished: Tally;
  readonly unsent: Tally;
  readonly #connections: Tally;

  constructor(private readonly account: MemoryAccount) {
    this.#connections = account.tally('connections');
    this.unfinished = account.tally('unfinished');
    this.unsent = account.tally('unsent');
  }

  /** Whether there is room for one more that a peer is the cause of. */
  hasRoomFor(transport: ConnectionTransport): boolean {
    return this.hasRoom(costs[transport]);
  }

  /** Counts one more. Answers how to take it off, once. */
  count(transport: ConnectionTransport): () => void {
    const cost = costs[transport];
    this.#connections.add(cost);
    return () => { this.#connections.add(-cost); };
  }

  hasRoom(bytes: number): boolean {
    const held = this.#connections.bytes + this.unfinished.bytes + this.unsent.bytes;
    return held + bytes <= most * this.account.limit && (this.account.hasPlenty(bytes) || this.account.hasRoom(bytes, 'new'));
  }
}

/** What one connection holds in one part of the account; nothing once it has ended. */
export class Holding {
  #bytes = 0;
  #ended = false;

  constructor(private readonly part: Tally, private readonly memory: ConnectionMemory) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts what is held now. False: it grew, and there is no room for it. */
  set(bytes: number): boolean {
    if (this.#ended || bytes === this.#bytes) return true;
    const more = bytes - this.#bytes;
    const fits = more < 0 || bytes <= little || this.memory.hasRoom(more);
    this.part.add(more);
    this.#bytes = bytes;
    return fits;
  }

  end(): void {
    this.set(0);
    this.#ended = true;
  }
}
