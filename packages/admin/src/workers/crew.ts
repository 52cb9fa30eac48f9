import { DeskError } from '../contract/desk-error.js';
import type { Batch } from '../contract/feed.js';
import type { FromDesk, ToDesk } from './messages.js';
import { RemoteDesk } from './remote-desk.js';

/** The workers that serve at this moment. */
export class Crew {
  readonly #desks = new Map<number, RemoteDesk>();
  #told: ((batch: Batch) => void) | undefined;

  get all(): readonly RemoteDesk[] {
    return [...this.#desks.values()];
  }

  /** Any: what they store is shared. Throws DeskError where there is none. */
  get any(): RemoteDesk {
    const [first] = this.#desks.values();
    if (first === undefined) throw new DeskError('starting', 'No worker serves at this moment: try again.', { 'retry-after': '1' });
    return first;
  }

  /** The one that listed the page before. */
  withId(id: number): RemoteDesk {
    const desk = this.#desks.get(id);
    if (desk === undefined) throw new DeskError('cursor_expired', 'The worker that listed has ended: begin again, without after.');
    return desk;
  }

  add(id: number, pid: number, say: (message: ToDesk) => void): void {
    const desk = new RemoteDesk(id, pid, say);
    desk.onBatch = (batch) => this.#told?.(batch);
    this.#desks.set(id, desk);
    if (this.#told !== undefined) desk.follow(true);
  }

  told(id: number, message: FromDesk): void {
    this.#desks.get(id)?.told(message);
  }

  remove(id: number): void {
    this.#desks.get(id)?.close();
    this.#desks.delete(id);
  }

  follow(told: (batch: Batch) => void): () => void {
    this.#told = told;
    for (const desk of this.all) desk.follow(true);
    return () => {
      this.#told = undefined;
      for (const desk of this.all) desk.follow(false);
    };
  }
}
