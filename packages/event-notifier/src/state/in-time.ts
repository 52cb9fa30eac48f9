import { NksipError } from '@nksip-ts/core';

/** Rejects with `timeout` where `work` takes longer; it goes on then, and nobody waits for it. `what` names it in a sentence. */
export function inTime<T>(work: Promise<T>, what: string, seconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(new NksipError('timeout', { what, seconds })); }, seconds * 1000);
    work.then(resolve, reject).finally(() => { clearTimeout(timer); });
  });
}
