import type { Input } from './target.ts';

/** A finding is read by people: no more patience than this, and no more than this many tries (ms). */
const maxTries = 2000;
const maxTime = 30_000;

/** Leaves out of the input whatever it breaks without: pieces first, then ever shorter stretches of each. */
export async function shortest(input: Input, breaks: (input: Input) => Promise<boolean>): Promise<Input> {
  const end = Date.now() + maxTime;
  let best = input;
  let tries = 0;
  const attempt = async (smaller: Input): Promise<boolean> => {
    // The event loop turns, so that nobody takes this for a process that hangs.
    await new Promise((resolve) => { setImmediate(resolve); });
    if (++tries > maxTries || Date.now() > end || !(await breaks(smaller))) return false;
    best = smaller;
    return true;
  };
  for (let index = best.length - 1; index >= 0 && best.length > 1; index--) await attempt(best.filter((_, at) => at !== index));
  for (let index = 0; index < best.length; index++) {
    for (let size = (best[index]?.length ?? 0) >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < (best[index]?.length ?? 0);) if (!(await attempt(without(best, index, at, size)))) at += size;
    }
  }
  return best;
}

function without(input: Input, index: number, at: number, size: number): Input {
  return input.map((piece, which) => (which === index ? Buffer.concat([piece.subarray(0, at), piece.subarray(at + size)]) : piece));
}
