/** The result of `work`. Rejects with `late()` if it takes longer than so many milliseconds; it goes on then, and nobody waits for it. */
export function resultInTime<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => { reject(late()); }, milliseconds);
    work.then((result) => {
      clearTimeout(timer);
      resolve(result);
    }, (error: Error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
