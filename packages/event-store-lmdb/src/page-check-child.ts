// Reads through the tables of a database: node page-check-child.js DIRECTORY. All pages; then what is in them, as far as there is time.
import { reasonOf } from '@nksip-ts/core';
import { open, type Database } from 'lmdb';
import { directoryOptions } from './directory.js';

/** Milliseconds for what is in the pages: half a million publications, on two cores of 2026. */
const FOR_CONTENTS = 3000;

const [, , path = ''] = process.argv;
try {
  const root = open({ ...directoryOptions(path), readOnly: true });
  const tables = [...root.getKeys()].map((name) => [String(name), root.openDB<Buffer, Buffer>(String(name), { keyEncoding: 'binary', encoding: 'binary' })] as const);
  for (const [name, table] of tables) reachAll(name, table);
  const until = performance.now() + FOR_CONTENTS;
  for (const [, table] of tables) readUntil(until, table);
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
}

/** A page that LMDB refuses ends a count without a word. */
function reachAll(name: string, table: Database<Buffer, Buffer>): void {
  const { entryCount = 0 }: { readonly entryCount?: number } = table.getStats();
  const found = table.getKeysCount();
  if (found !== entryCount) throw new Error(`the table '${name}' should have ${entryCount} entries, and ${found} can be reached`);
}

function readUntil(time: number, table: Database<Buffer, Buffer>): void {
  for (const _ of table.getRange()) if (performance.now() > time) return;
}
