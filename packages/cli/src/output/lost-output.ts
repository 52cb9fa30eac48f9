import { tell } from './terminal.js';

/** How a command ends that has nothing to put in order first. */
interface Ending {
  readonly code: number;
  /** What the system says, in words. */
  readonly reasonOf: (error: unknown) => string;
}

let ending: Ending | undefined;
/** What commands do that have something to put in order. */
const ends = new Set<() => void>();

/**
 * Has a command end whose standard output takes nothing more: its reader is gone, of which nothing needs to be said, or its disk is full. It exits with
 * this code whatever else came of it: what was asked for has not arrived.
 */
export function heedOutput(given: Ending): void {
  ending = given;
  // Each later write fails, too.
  process.stdout.once('error', lost).on('error', () => undefined);
}

/** For a command that serves others, whether or not anybody reads what it prints. */
export function ignoreOutput(): void {
  process.stdout.off('error', lost);
}

/** Instead of ending at once, `end` is called. Returns how to take that back. */
export function beforeOutputEnds(end: () => void): () => void {
  ends.add(end);
  return () => { ends.delete(end); };
}

function lost(error: Error): void {
  if (ending === undefined) return;
  const { code, reasonOf } = ending;
  process.on('exit', () => { process.exitCode = code; });
  if (!('code' in error && error.code === 'EPIPE')) tell(`nksip-ts: Standard output cannot be written: ${reasonOf(error)}.`);
  if (ends.size === 0) process.exit(code);
  for (const end of ends) end();
}
