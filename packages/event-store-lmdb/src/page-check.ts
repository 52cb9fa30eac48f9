import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Milliseconds. What is not read by then is not looked at: a start does not wait for a disk without end. */
const LONGEST = 10_000;

/**
 * Has a child process read through a database, since one whose pages are damaged can crash the process that reads it.
 * What is wrong; undefined if nothing was found.
 */
export function faultOfPages(path: string): string | undefined {
  const isSource = import.meta.url.endsWith('.ts');
  const file = fileURLToPath(new URL(isSource ? './page-check-child.ts' : './page-check-child.js', import.meta.url));
  // The sources need the loader of this process; built code needs nothing, and must not run what `node --eval` was given again.
  const { status, signal, error, stderr } = spawnSync(process.execPath, [...(isSource ? process.execArgv : []), file, path], { timeout: LONGEST, killSignal: 'SIGKILL', stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (error !== undefined) return undefined; // out of time, or no process to be had
  if (signal !== null) return `a process that read it through was ended by ${signal}`;
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1) ?? '';
}
