import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

// LMDB's table of readers: a process has places in it from its first read until it closes the database. So it tells, before
// anything is opened, whether the last process was killed.

const MAGIC = 0xbeefc0de;
/** Where the number of places that were ever used is, in bytes. */
const PLACES_AT = 16;
/** The table is the end of the file, however long the locks before it are on this system. */
const [PLACES, PLACE_BYTES, PID_AT] = [126, 64, 8];

/** Ids of the processes that have the database open, or were killed when they had. */
export function readersIn(file: string): readonly number[] {
  if (!existsSync(file)) return [];
  const bytes = contentOf(file);
  const table = bytes.length - PLACES * PLACE_BYTES;
  if (table < PLACES_AT + 4 || bytes.readUInt32LE(0) !== MAGIC) return [];
  const used = Math.min(bytes.readUInt32LE(PLACES_AT), PLACES);
  return Array.from({ length: used }, (_, i) => bytes.readUInt32LE(table + i * PLACE_BYTES + PID_AT)).filter((pid) => pid !== 0);
}

/**
 * Read by another process. POSIX lets go of all locks that a process has on a file when it closes any descriptor of that file: if this
 * process had the database open, LMDB's lock would be gone, and the next one to open it would take itself for the first, and begin the
 * file anew under those who write. What they had committed could be lost.
 */
function contentOf(file: string): Buffer {
  return process.platform === 'win32' ? readFileSync(file) : spawnSync('cat', ['--', file], { maxBuffer: 1 << 20, stdio: ['ignore', 'pipe', 'ignore'] }).stdout ?? Buffer.alloc(0);
}

/** The first of these processes that is there, and is not this one. */
export function otherAlive(pids: readonly number[]): number | undefined {
  return pids.find((pid) => pid !== process.pid && isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
