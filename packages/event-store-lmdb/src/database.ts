import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { NksipError, reasonOf } from '@nksip-ts/core';
import { open, type Database as Table, type RootDatabase, type RootDatabaseOptionsWithPath } from 'lmdb';
import { faultOfData } from './data-file.js';

/** 'disk': what is answered is synced. 'process': it is with the operating system, which syncs it soon. */
export type Durability = 'disk' | 'process';

const FORMAT = 'nksip-ts event state 1';
const DATA_FILE = 'data.mdb';
const LOCK_FILE = 'lock.mdb';
/** LMDB's lock file is written as memory and has holes: where there is no room for them, that is a crash of the process. */
const BYTES_TO_BEGIN = 1 << 20;

/** The tables of one directory. */
export interface Database {
  readonly root: RootDatabase;
  /** The version of the format, and the secret of entity-tags. */
  readonly about: Table<string, string>;
  /** Values of stored-value.ts by the keys of keys.ts. */
  readonly publications: Table<Buffer, Buffer>;
  /** What is over when: nothing, by time and publication. */
  readonly deadlines: Table<Buffer, Buffer>;
  /** Publications of a service, by its part of the key. */
  readonly counts: Table<number, Buffer>;
}

/** Throws `store_failed`. */
export function openDatabase(path: string, durability: Durability): Database {
  try {
    prepare(path);
    return tablesIn(path, durability);
  } catch (error) {
    throw new NksipError('store_failed', { store: path, reason: reasonOf(error) }, { cause: error });
  }
}

/** A secret that all processes of the directory find there; the first one makes it. */
export function sharedSecret({ root, about }: Database): string {
  return root.transactionSync(() => {
    const known = about.get('secret');
    if (known !== undefined) return known;
    const secret = randomBytes(32).toString('hex');
    about.putSync('secret', secret);
    return secret;
  });
}

/** Says what would go wrong, before LMDB finds out in its own way. */
function prepare(path: string): void {
  if (existsSync(path) && !statSync(path).isDirectory()) throw new Error('it is a file: name a directory');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  const files = readdirSync(path);
  if (files.includes(DATA_FILE)) {
    for (const file of [DATA_FILE, LOCK_FILE].filter((name) => files.includes(name))) accessSync(join(path, file), constants.R_OK | constants.W_OK);
    const fault = faultOfData(join(path, DATA_FILE));
    if (fault !== undefined) throw new Error(`${fault}: take it away, or name another directory`);
  } else if (files.some((file) => file !== LOCK_FILE && file !== 'lost+found')) {
    throw new Error('it has other files in it: name an empty directory, or one that does not exist yet');
  }
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < BYTES_TO_BEGIN) throw new Error('its disk is full: make room');
}

/** `permissionsMode` is missing in the types of lmdb. The secret is in the file, so it is the owner's alone. */
interface OpenOptions extends RootDatabaseOptionsWithPath {
  readonly permissionsMode: number;
}

function tablesIn(path: string, durability: Durability): Database {
  // With overlappingSync a commit is answered before it is synced, and a machine that crashes comes back with the last one that
  // was; without it, after. With eventTurnBatching a commit that fails rejects a promise of lmdb's own, which ends the process.
  const options: OpenOptions = { path, noSubdir: false, overlappingSync: durability === 'process', eventTurnBatching: false, permissionsMode: 0o600 };
  const root = open(options);
  try {
    if (isForeign(root)) throw new Error('it has the database of another program in it: name another directory');
    const about = root.openDB<string, string>('about', { encoding: 'json' });
    root.transactionSync(() => {
      const format = about.get('format');
      if (format === undefined) about.putSync('format', FORMAT);
      else if (format !== FORMAT) throw new Error(`its format is '${format}', not '${FORMAT}': use the version of this package that wrote it`);
    });
    const keys = { keyEncoding: 'binary' } as const;
    return {
      root, about,
      publications: root.openDB<Buffer, Buffer>('publications', { ...keys, encoding: 'binary' }),
      deadlines: root.openDB<Buffer, Buffer>('deadlines', { ...keys, encoding: 'binary' }),
      counts: root.openDB<number, Buffer>('counts', { ...keys, encoding: 'json' }),
    };
  } catch (error) {
    void root.close();
    throw error;
  }
}

/** The root has nothing but the names of tables. */
function isForeign(root: RootDatabase): boolean {
  const names = [...root.getKeys({ limit: 16 })];
  return names.length > 0 && !names.includes('about');
}
