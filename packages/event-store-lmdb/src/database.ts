import { randomBytes } from 'node:crypto';
import type { Database as Table, RootDatabase, Transaction } from 'lmdb';
import { formerCountOfRow, rowOf } from './count-row.js';
import { openDirectory, otherProcessIn, prepare, type Durability } from './directory.js';
import { transact, transactSync } from './newest-commit.js';

const FORMAT = 'nksip-ts event state 2';
const FORMER_FORMAT = 'nksip-ts event state 1';
/** In `about` while values of the first format may be there: the key from which on, in hex. */
export const REWRITTEN = 'rewritten to';

/** The tables of one directory. */
export interface Database {
  readonly root: RootDatabase;
  /** The version of the format, the secret of entity-tags, and how far the first format is rewritten. */
  readonly about: Table<string, string>;
  /** Values of stored-value.ts by the keys of keys.ts. */
  readonly publications: Table<Buffer, Buffer>;
  /** What expires when: nothing, by time and publication. */
  readonly deadlines: Table<Buffer, Buffer>;
  /** Rows of counts.ts: publications of a service, and of an address, by their parts of the key. */
  readonly counts: Table<Buffer, Buffer>;
  /** Whether values of the first format may be there, now or when a transaction began. */
  isFormer(within?: { readonly transaction: Transaction }): boolean;
  /** Called in a transaction before it changes a publication: a database of the first format is one of this format then. */
  beforeChange(): void;
  /** Resolves when `body` was carried out in a transaction, and that is committed. */
  write(body: () => void): Promise<void>;
  /** The same at once. Returns what `body` does. */
  writeSync<T>(body: () => T): T;
  close(): Promise<void>;
}

/** Unless it `maintains`, a database of the first format stays one until a publication is changed. */
export function openDatabase(path: string, durability: Durability, maintains: boolean): Database {
  prepare(path);
  return tablesIn(path, durability, maintains);
}

/** A secret that all processes of the directory find there; the first one makes it. */
export function sharedSecret({ about, writeSync }: Database): string {
  return writeSync(() => {
    const known = about.get('secret');
    if (known !== undefined) return known;
    const secret = randomBytes(32).toString('hex');
    about.putSync('secret', secret);
    return secret;
  });
}

function tablesIn(path: string, durability: Durability, maintains: boolean): Database {
  const { root, close } = openDirectory(path, durability);
  const writeSync: Database['writeSync'] = (body) => transactSync(root, path, body);
  try {
    // Opening may have hidden what others committed meanwhile: until that is mended, they wait.
    writeSync(() => undefined);
    if (isForeign(root)) throw new Error('it has the database of another program in it: name another directory');
    const about = root.openDB<string, string>('about', { encoding: 'json' });
    const binary = { keyEncoding: 'binary', encoding: 'binary' } as const;
    const counts = root.openDB<Buffer, Buffer>('counts', binary);
    const beginRewritingOnce = (): void => { if (about.get('format') === FORMER_FORMAT) beginRewriting(path, about, counts); };
    const wasFormer = writeSync(() => {
      if (maintains) beginRewritingOnce();
      const format = about.get('format');
      if (format === undefined) about.putSync('format', FORMAT);
      else if (format !== FORMAT && format !== FORMER_FORMAT) throw new Error(`its format is '${format}', and this package knows '${FORMAT}' and the one before it: use the version of the package that wrote it`);
      return format === FORMER_FORMAT;
    });
    return {
      root, about, counts,
      publications: root.openDB<Buffer, Buffer>('publications', binary),
      deadlines: root.openDB<Buffer, Buffer>('deadlines', binary),
      isFormer: (within) => about.get('format', within) === FORMER_FORMAT || about.get(REWRITTEN, within) !== undefined,
      beforeChange: wasFormer ? beginRewritingOnce : () => undefined,
      write: (body) => transact(root, path, body),
      writeSync, close,
    };
  } catch (error) {
    // What it fails with matters less than why it is closed.
    void close().catch(() => undefined);
    throw error;
  }
}

/** From here on an earlier version of the package refuses it. A row of counts that is damaged is counted anew. */
function beginRewriting(path: string, about: Table<string, string>, counts: Table<Buffer, Buffer>): void {
  const other = otherProcessIn(path);
  if (other !== undefined) throw new Error(`an earlier version of this package wrote it, and the process ${other} has it open: stop that first`);
  about.putSync('format', FORMAT);
  about.putSync(REWRITTEN, '');
  for (const { key, value } of [...counts.getRange()]) {
    const count = formerCountOfRow(value);
    if (count !== undefined) counts.putSync(key, rowOf(key, count));
  }
}

/** The root has nothing but the names of tables. */
function isForeign(root: RootDatabase): boolean {
  const names = [...root.getKeys({ limit: 16 })];
  return names.length > 0 && !names.includes('about');
}
