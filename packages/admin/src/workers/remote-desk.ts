import { DeskError, isDeskErrorCode } from '../contract/desk-error.js';
import type { Batch } from '../contract/feed.js';
import type { Askable, WorkerDesk } from '../contract/worker-desk.js';
import type { FromDesk, ToDesk } from './messages.js';

/** Milliseconds that a worker has for an answer: more than it gives its own store. */
const PATIENCE = 10_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: DeskError): void;
  readonly timer: NodeJS.Timeout;
}

/** The desk of a worker, as the first process reaches it. */
export class RemoteDesk {
  /** Is told what happens there, while `follow` is on. */
  onBatch: (batch: Batch) => void = () => undefined;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;

  constructor(readonly id: number, readonly pid: number, private readonly say: (message: ToDesk) => void) {}

  /** Rejects with DeskError. */
  async ask<M extends Askable>(method: M, ...args: Parameters<WorkerDesk[M]>): Promise<Awaited<ReturnType<WorkerDesk[M]>>> {
    const id = ++this.#last;
    return await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => { this.#end(id)?.reject(gone()); }, PATIENCE);
      this.#waiting.set(id, { resolve, reject, timer });
      this.say({ what: 'ask', id, method, args });
    }) as Awaited<ReturnType<WorkerDesk[M]>>;
  }

  follow(isOn: boolean): void {
    this.say({ what: 'follow', isOn });
  }

  told(message: FromDesk): void {
    switch (message.what) {
      case 'batch': return this.onBatch(message.batch);
      case 'answer': return this.#end(message.id)?.resolve(message.value);
      case 'refusal': this.#end(message.id)?.reject(new DeskError(isDeskErrorCode(message.code) ? message.code : 'internal', message.message, message.headers));
    }
  }

  /** The worker has ended. */
  close(): void {
    for (const id of [...this.#waiting.keys()]) this.#end(id)?.reject(gone());
  }

  #end(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}

function gone(): DeskError {
  return new DeskError('store_unavailable', 'The worker that was asked does not answer: try again.', { 'retry-after': '1' });
}
