import type { MemoryAccount, Tally } from '../../memory/account.js';
import { transportFacts, type ConnectionTransport } from '../transport-facts.js';

/** OpenSSL sets aside what the first message of a handshake says that it will have, up to 131,396 bytes: 160 to 240 KB of the process were measured. */
const handshakeCost = 240 * 1024;

/** One connection in the account. */
export interface CountedConnection {
  /** Its handshake is done: from now on it counts with what it costs for good. */
  readonly established: () => void;
  /** Takes it off, once. */
  readonly takeOff: () => void;
}

/** The share of the account that all connections may have, with all that they hold: the rest is for requests and for what is stored. */
const most = 0.5;

/** Bytes that each holding of a connection may have without anybody being asked: a message in two pieces, a response that is on its way. */
const little = 4096;

/** What the two holdings of a connection, `unfinished` and `unsent`, may come to unasked. It is set aside for each connection. */
const setAside = 2 * little;

/** What the connections of a service hold, in its account. */
export class ConnectionMemory {
  readonly unfinished: Tally;
  readonly unsent: Tally;
  readonly #connections: Tally;
  /** Bytes of their share that connections have, or may come to have unasked. */
  #taken = 0;

  constructor(private readonly account: MemoryAccount) {
    this.#connections = account.tally('connections');
    this.unfinished = account.tally('unfinished');
    this.unsent = account.tally('unsent');
  }

  /** Whether there is room for one more that a peer is the cause of. */
  hasRoomFor(transport: ConnectionTransport): boolean {
    return this.hasRoom(costAtFirst(transport) + setAside);
  }

  /** Counts one more, its handshake still to come where it has one. */
  count(transport: ConnectionTransport): CountedConnection {
    let cost = 0;
    const set = (now: number): void => {
      this.#connections.add(now - cost);
      this.take(now - cost);
      cost = now;
    };
    set(costAtFirst(transport));
    this.take(setAside);
    return {
      established: () => { if (cost > 0) set(transportFacts[transport].connectionBytes); },
      takeOff: () => {
        set(0);
        this.take(-setAside);
      },
    };
  }

  /** Whether `bytes` more are within the share, and within the account. */
  hasRoom(bytes: number): boolean {
    return this.#taken + bytes <= most * this.account.limit && (this.account.hasPlenty(bytes) || this.account.hasRoom(bytes, 'new'));
  }

  /** Takes so much of the share, or gives it back. */
  take(bytes: number): void {
    this.#taken += bytes;
  }
}

function costAtFirst(transport: ConnectionTransport): number {
  const { isSecure, connectionBytes } = transportFacts[transport];
  return isSecure ? handshakeCost : connectionBytes;
}

/** What one connection holds in one part of the account; nothing once it has ended. */
export class Holding {
  #bytes = 0;
  #ended = false;

  /** `unasked`: bytes that are set aside for it. */
  constructor(private readonly part: Tally, private readonly memory: ConnectionMemory, private readonly unasked = little) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts what is held now. False: it grew, and there is no room for it. */
  set(bytes: number): boolean {
    if (this.#ended || bytes === this.#bytes) return true;
    const more = bytes - this.#bytes;
    const beyond = this.#beyond(bytes) - this.#beyond(this.#bytes);
    const fits = more < 0 || beyond === 0 || this.memory.hasRoom(beyond);
    this.part.add(more);
    this.memory.take(beyond);
    this.#bytes = bytes;
    return fits;
  }

  end(): void {
    this.set(0);
    this.#ended = true;
  }

  /** What is not set aside for it. */
  #beyond(bytes: number): number {
    return Math.max(0, bytes - this.unasked);
  }
}
