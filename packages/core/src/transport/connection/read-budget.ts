import { getDefaultHighWaterMark } from 'node:stream';

/** Milliseconds that the connections of a service have, all together, in a turn of the event loop. */
const budget = 10;

/** Bytes that may wait on one connection before no more of it is read: as much as a TLS record has. */
export const enough = 16_384;

/** What Node may still read of a socket that is paused: up to its high-water mark, and then what libuv reads at a time. */
export const readAhead = getDefaultHighWaterMark(false) + 65_536;

/** Why a connection is ended whose messages find no room. */
export const outOfMemory = 'memory is short (sip_max_memory), so messages are refused that come in pieces, or faster than they can be handled';

/** A connection with messages that wait. */
export interface Reader {
  /** Its turn has come: it takes messages until the budget is spent, and then waits again. */
  readOn(): void;
}

/**
 * How long connections work in one turn of the event loop before others have theirs: datagrams, timers, new connections. A chunk can hold
 * a thousand messages, and a thousand connections a chunk each. Whoever is left over waits, and is served in the order of waiting.
 */
export class ReadBudget {
  #last: Reader | undefined;
  /** Since when somebody counts in this turn; undefined: nobody had more than one message. */
  #began: number | undefined;
  readonly #waiting = new Set<Reader>();

  /** To be asked before each message. The first one after that of another connection never waits, so that a peer who sends one at a time costs a comparison. */
  isSpent(reader: Reader): boolean {
    if (reader !== this.#last) {
      this.#last = reader;
      return false;
    }
    if (this.#began === undefined) {
      this.#begin();
      return false;
    }
    return this.#isOver(this.#began);
  }

  /** Calls `reader.readOn` when its turn has come, once. Only where the budget is spent. */
  wait(reader: Reader): void {
    this.#waiting.add(reader);
  }

  leave(reader: Reader): void {
    this.#waiting.delete(reader);
    if (this.#last === reader) this.#last = undefined;
  }

  /** Resolves when nobody waits. A reader leaves when its connection ends. */
  async whenIdle(): Promise<void> {
    while (this.#waiting.size > 0) await new Promise(setImmediate);
  }

  #begin(): number {
    this.#began = performance.now();
    setImmediate(this.#nextTurn);
    return this.#began;
  }

  #isOver(began: number): boolean {
    return performance.now() - began > budget;
  }

  readonly #nextTurn = (): void => {
    this.#last = undefined;
    this.#began = undefined;
    if (this.#waiting.size === 0) return;
    // What they use is gone for those who come now: so nobody overtakes them for good.
    const began = this.#begin();
    for (const reader of this.#waiting) {
      this.#waiting.delete(reader);
      reader.readOn();
      if (this.#isOver(began)) return;
    }
  };
}
