import { NksipError } from '../errors.js';

/** Work that is done one after the other, in the order in which it came. */
export class InTurn {
  #last: Promise<unknown>;
  #waiting = 0;

  /** `first`: what all of it waits for. `most`: how much may wait at a time. */
  constructor(first: Promise<unknown>, private readonly most: number) {
    this.#last = first;
  }

  /** Rejects with `queue_full`, or as `work` does. */
  async do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.most) throw new NksipError('queue_full', { what: 'the answer to a request within a dialog', limit: this.most });
    this.#waiting++;
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting--;
    }
  }
}
