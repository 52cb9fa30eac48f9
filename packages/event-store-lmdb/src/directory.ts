import { accessSync, constants, existsSync, mkdirSync, readdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { open, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { faultOfData } from './data-file.js';
import { otherAlive, readersIn } from './lock-file.js';
import { faultOfPages } from './page-check.js';

/** 'disk': what is answered is synced. 'process': it is with the operating system, which syncs it soon. */
export type Durability = 'disk' | 'process';

const DATA_FILE = 'data.mdb';
const LOCK_FILE = 'lock.mdb';
/** LMDB's lock file is written as memory and has holes: where there is no room for them, that is a crash of the process. */
const BYTES_TO_BEGIN = 1 << 20;

/** Says what would go wrong, before LMDB finds out in its own way. */
export function prepare(path: string): void {
  make(path);
  examine(path);
  if (!hasData(path)) return;
  for (const file of [DATA_FILE, LOCK_FILE].map((name) => join(path, name)).filter((name) => existsSync(name))) accessSync(file, constants.R_OK | constants.W_OK);
  const fault = faultOfData(join(path, DATA_FILE));
  if (fault !== undefined) throw new Error(`${fault}: take it away, or name another directory`);
  if (wasKilled(path)) readThrough(path);
}

/** Whether there is a database in a directory. */
export function hasData(path: string): boolean {
  return existsSync(join(path, DATA_FILE));
}

/** Throws where no database can be made in a directory; makes nothing, not even the directory. */
export function examine(path: string): void {
  const there = existingPart(resolve(path));
  if (!statSync(there).isDirectory()) throw new Error(there === resolve(path) ? 'it is a file: name a directory' : `${there} is a file: name another directory`);
  accessSync(there, constants.R_OK | constants.W_OK | constants.X_OK);
  if (there === resolve(path) && !hasData(path) && readdirSync(path).some((file) => file !== LOCK_FILE && file !== 'lost+found')) {
    throw new Error('it has other files in it: name an empty directory, or one that does not exist yet');
  }
  const { bavail, bsize } = statfsSync(there);
  if (bavail * bsize < BYTES_TO_BEGIN) throw new Error('its disk is full: make room');
}

/** One after the other: where none can be made, as in /proc, Node's own way to make several at once never ends. */
function make(path: string): void {
  if (existsSync(path)) return;
  if (dirname(path) !== path) make(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(path)) throw error; // else another process was faster
  }
}

/** The path itself, or the nearest folder above it that is there. */
function existingPart(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existingPart(dirname(path));
}

/** What is open in this process, by the path in the file system. */
const openHere = new Map<string, { readonly root: RootDatabase; readonly durability: Durability; users: number }>();

/** Whether the last process that had it open did not close it, as far as that can be told; not while another one has it open. */
function wasKilled(path: string): boolean {
  const readers = readersIn(join(path, LOCK_FILE)).filter((pid) => pid !== process.pid || !openHere.has(realpathSync(path)));
  // A process in a container often has the id that the one before it had.
  return readers.length > 0 && otherAlive(readers) === undefined;
}

/** The id of another process that has the database in a directory open, as far as that can be told. */
export function otherProcessIn(directory: string): number | undefined {
  return otherAlive(readersIn(join(directory, LOCK_FILE)));
}

function readThrough(path: string): void {
  const fault = faultOfPages(path);
  if (fault !== undefined) throw new Error(`its file ${DATA_FILE} is damaged (${fault}): put a copy in its place, or name another directory`);
}

/** `permissionsMode` is missing in the types of lmdb. The secret is in the file, so it is the owner's alone. */
interface OpenOptions extends RootDatabaseOptionsWithPath {
  readonly permissionsMode: number;
}

/** How the database in a directory is opened. */
export function directoryOptions(path: string, durability: Durability = 'disk'): OpenOptions {
  // With overlappingSync a commit is reported before it is synced, and a machine that crashes comes back with the last one that
  // was; without it, after. With eventTurnBatching a commit that fails rejects a promise of lmdb's own, which ends the process.
  return { path, noSubdir: false, overlappingSync: durability === 'process', eventTurnBatching: false, permissionsMode: 0o600 };
}

/** The database in a directory, and how to let go of it. */
export interface OpenDirectory {
  readonly root: RootDatabase;
  close(): Promise<void>;
}

/**
 * Opens the database in a directory, once for all who use it in this process. LMDB opened twice in one process hangs: a transaction that waits for a callback of JavaScript
 * has the lock for which the other one's, at once, has JavaScript wait.
 */
export function openDirectory(directory: string, durability: Durability): OpenDirectory {
  const path = realpathSync(directory);
  const there = openHere.get(path);
  if (there !== undefined && there.durability !== durability) throw new Error(`it is open in this process with the durability '${there.durability}': give both the same`);
  const opened = there ?? { root: open(directoryOptions(path, durability)), durability, users: 0 };
  opened.users++;
  openHere.set(path, opened);
  let isOpen = true;
  return {
    root: opened.root,
    close: async () => {
      if (!isOpen) return;
      isOpen = false;
      if (--opened.users > 0) return;
      openHere.delete(path);
      await opened.root.close();
    },
  };
}
