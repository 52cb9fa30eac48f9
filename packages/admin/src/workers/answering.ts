import { reasonOf } from '@nksip-ts/core';
import type { Batch } from '../contract/feed.js';
import { DeskError } from '../contract/desk-error.js';
import { askable, type Askable, type WorkerDesk } from '../contract/worker-desk.js';
import type { FromDesk, ToDesk } from './messages.js';

/** Answers what the first process asks of a worker's desk. `say` resolves when the message is on its way. Returns what takes the messages. */
export function answering(desk: WorkerDesk, say: (message: FromDesk) => Promise<void>): (message: ToDesk) => void {
  const batches = new Batches(say);
  let stop: (() => void) | undefined;
  return (message) => {
    if (message.what === 'ask') return void answer(desk, message.method, message.args).then((value): FromDesk => ({ what: 'answer', id: message.id, value }), (error: unknown) => refusalOf(message.id, error)).then(say);
    stop?.();
    stop = message.isOn ? desk.follow((batch) => { batches.tell(batch); }) : undefined;
  };
}

/** One batch on its way at a time: the first process may be stopped, and take none. */
class Batches {
  #isOnItsWay = false;
  #missed = 0;

  constructor(private readonly say: (message: FromDesk) => Promise<void>) {}

  tell({ frames, many, dropped }: Batch): void {
    if (this.#isOnItsWay) {
      this.#missed += many + dropped;
      return;
    }
    this.#isOnItsWay = true;
    void this.say({ what: 'batch', batch: { frames, many, dropped: dropped + this.#missed } }).finally(() => { this.#isOnItsWay = false; });
    this.#missed = 0;
  }
}

async function answer(desk: WorkerDesk, method: Askable, args: readonly unknown[]): Promise<unknown> {
  if (!askable.includes(method)) throw new DeskError('not_supported', 'A worker cannot be asked for this.');
  return await (desk[method] as (...args: unknown[]) => Promise<unknown>).apply(desk, [...args]);
}

function refusalOf(id: number, error: unknown): FromDesk {
  const { code, message, headers } = error instanceof DeskError ? error : new DeskError('internal', `A worker failed: ${reasonOf(error)}`);
  return { what: 'refusal', id, code, message, headers };
}
