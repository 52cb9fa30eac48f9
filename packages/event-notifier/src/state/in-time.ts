import { NksipError } from '@nksip-ts/core';

/** Rejects with `timeout` if `work` takes longer; its result is ignored then. `what` names it in the message. */
export function inTime<T>(work: Promise<T>, what: string, seconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(new NksipError('timeout', { what, seconds })); }, seconds * 1000);
    work.then((result) => {
      clearTimeout(timer);
      resolve(result);
    }, (error: Error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
