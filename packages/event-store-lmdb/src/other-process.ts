import { join } from 'node:path';
import { isAlive, readersIn } from './lock-file.js';

/** The id of another process that has the database in a directory open, as far as that can be told. */
export function otherProcessIn(directory: string): number | undefined {
  return readersIn(join(directory, 'lock.mdb')).find((pid) => pid !== process.pid && isAlive(pid));
}
