import { open, type Database } from 'lmdb';

type Table = Database<Buffer, Buffer>;

/** The tables of a directory as LMDB has them, for what no store does. */
export interface Raw {
  readonly publications: Table;
  readonly deadlines: Table;
  readonly counts: Table;
  readonly about: Database<string, string>;
}

/** In one transaction; other processes and stores may have the directory open. */
export async function inRaw<T>(path: string, task: (raw: Raw) => T): Promise<T> {
  const root = open({ path, noSubdir: false });
  const table = (name: string): Table => root.openDB<Buffer, Buffer>(name, { keyEncoding: 'binary', encoding: 'binary' });
  try {
    const raw = { publications: table('publications'), deadlines: table('deadlines'), counts: table('counts'), about: root.openDB<string, string>('about', { encoding: 'json' }) };
    return root.transactionSync(() => task(raw));
  } finally {
    await root.close();
  }
}
