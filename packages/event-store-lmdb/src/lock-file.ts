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
  const bytes = readFileSync(file);
  const table = bytes.length - PLACES * PLACE_BYTES;
  if (table < PLACES_AT + 4 || bytes.readUInt32LE(0) !== MAGIC) return [];
  const used = Math.min(bytes.readUInt32LE(PLACES_AT), PLACES);
  return Array.from({ length: used }, (_, i) => bytes.readUInt32LE(table + i * PLACE_BYTES + PID_AT)).filter((pid) => pid !== 0);
}

/** Whether one of these processes is there. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
