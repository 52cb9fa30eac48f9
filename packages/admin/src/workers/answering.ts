import { reasonOf } from '@nksip-ts/core';
import { DeskError } from '../contract/desk-error.js';
import { askable, type Askable, type WorkerDesk } from '../contract/worker-desk.js';
import type { FromDesk, ToDesk } from './messages.js';

/** Answers what the first process asks of a worker's desk. Returns what takes its messages. */
export function answering(desk: WorkerDesk, say: (message: FromDesk) => void): (message: ToDesk) => void {
  let stop: (() => void) | undefined;
  return (message) => {
    if (message.what === 'ask') return void answer(desk, message.method, message.args).then((value) => { say({ what: 'answer', id: message.id, value }); }, (error: unknown) => { say(refusalOf(message.id, error)); });
    stop?.();
    stop = message.isOn ? desk.follow((batch) => { say({ what: 'batch', batch }); }) : undefined;
  };
}

async function answer(desk: WorkerDesk, method: Askable, args: readonly unknown[]): Promise<unknown> {
  if (!askable.includes(method)) throw new DeskError('not_supported', 'A worker cannot be asked for this.');
  return await (desk[method] as (...args: unknown[]) => Promise<unknown>).apply(desk, [...args]);
}

function refusalOf(id: number, error: unknown): FromDesk {
  const { code, message, headers } = error instanceof DeskError ? error : new DeskError('internal', `A worker failed: ${reasonOf(error)}`);
  return { what: 'refusal', id, code, message, headers };
}
