import { runChild } from './child-process.js';

/** Milliseconds. What is not read by then is not looked at: a start does not wait for a disk without end. */
const LONGEST = 10_000;

/**
 * Has a child process read through a database, since one whose pages are damaged can crash the process that reads it.
 * What is wrong; undefined if nothing was found.
 */
export function faultOfPages(path: string): string | undefined {
  const { status, signal, error, stderr } = runChild('page-check-child', [path], LONGEST);
  if (error !== undefined) return undefined; // out of time, or no process to be had
  if (signal !== null) return `a process that read it through was ended by ${signal}`;
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1) ?? '';
}
