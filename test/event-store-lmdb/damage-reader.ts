// Damages copies of a directory, a byte of each, and reads everything of them: node ... damage-reader.ts DIRECTORY COPY FIRST LAST.
// Tells before each copy which it is, and then what became of the publications. It may be ended by LMDB, which reads its file as memory.
import { copyFileSync, mkdirSync, openSync, readSync, rmSync, statSync, writeSync, closeSync } from 'node:fs';
import { NksipError } from '@nksip-ts/core';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { numbersOf } from './kill-rounds.ts';

const [from = '', to = '', first = '0', last = '0'] = process.argv.slice(2);
const aor = (i: number) => ({ scheme: 'sip', user: `u${i % 40}`, domain: 'example.com' });
/** One layout of the file, whenever it is made. */
const now = (): number => 1_800_000_000_000;
const bodyOf = (i: number): string => `body ${i} ${'x'.repeat((i * 37) % 700)}${i % 20 === 0 ? 'y'.repeat(9000) : ''}`;
export const MANY = 120;

if (first === 'make') {
  const store = new LmdbStore({ path: from, now }).open();
  await Promise.all(Array.from({ length: MANY }, (_, i) => store.put('a', aor(i), `t${i}`, { data: Buffer.from(bodyOf(i)), event: 'presence', expires: now() / 1000 + 6000 }, 6000)));
  await store.close();
} else {
  for (let seed = Number(first); seed < Number(last); seed++) {
    process.stdout.write(`seed ${seed}\n`);
    process.stdout.write(`${JSON.stringify(await damagedCopy(seed))}\n`);
  }
}

/** After the two pages that say where all begins. */
function damage(file: string, seed: number): void {
  const random = numbersOf(seed * 7919 + 17);
  random();
  const at = 8192 + Math.floor(random() * (statSync(file).size - 8192));
  const byte = Buffer.alloc(1);
  const fd = openSync(file, 'r+');
  readSync(fd, byte, 0, 1, at);
  byte[0] = byte[0]! ^ (1 << Math.floor(random() * 8));
  writeSync(fd, byte, 0, 1, at);
  closeSync(fd);
}

async function damagedCopy(seed: number): Promise<object> {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  copyFileSync(`${from}/data.mdb`, `${to}/data.mdb`);
  damage(`${to}/data.mdb`, seed);
  const tells = { seed, right: 0, damaged: 0, refused: 0, gone: 0, wrong: 0, listed: 0, faults: 0, refusedToOpen: '' };
  let store: LmdbStore;
  try {
    store = new LmdbStore({ path: to, now }).open();
  } catch (error) {
    return { ...tells, refusedToOpen: error instanceof NksipError ? error.message : `not ours: ${String(error)}` };
  }
  for (let i = 0; i < MANY; i++) {
    try {
      const found = await store.get('a', aor(i), `t${i}`);
      tells[found === undefined ? 'gone' : Buffer.from(found.data).toString() === bodyOf(i) && found.event === 'presence' ? 'right' : 'wrong']++;
    } catch (error) {
      tells[error instanceof NksipError && error.code === 'store_damaged' ? 'damaged' : 'refused']++;
    }
  }
  try {
    for await (const { tag, record } of store.list('a')) {
      tells.listed++;
      if (Buffer.from(record.data).toString() !== bodyOf(Number(tag.slice(1)))) tells.wrong++;
    }
  } catch (error) {
    if (!(error instanceof NksipError)) throw error;
  }
  try {
    for await (const finding of store.audit()) if (finding.type === 'fault') tells.faults++;
  } catch (error) {
    if (!(error instanceof NksipError)) throw error;
    tells.faults++;
  }
  await store.close();
  return tells;
}
