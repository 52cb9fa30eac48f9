import type { Socket } from 'node:net';
import type { Unsent } from './unsent.js';

/** Whatever one turn of the event loop writes to a connection leaves in one piece: one call of the system, and as few segments as it takes. */
export class TurnCork {
  #corked = false;
  /** Whether something waited already when it was corked. */
  #waits = false;

  constructor(private readonly socket: Socket, private readonly unsent: Unsent) {}

  /** To be called before each write. Whether what is written now waits for the peer, and not for the end of this turn only. */
  begin(): boolean {
    if (!this.#corked) {
      this.#corked = true;
      this.#waits = this.socket.writableLength > 0;
      this.socket.cork();
      process.nextTick(this.end);
    }
    return this.#waits;
  }

  /** Gives all to the system. */
  readonly end = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.socket.uncork();
    this.unsent.flushed();
  };
}
