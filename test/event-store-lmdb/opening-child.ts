// Opens a directory again and again in one process while it is written to, and says so at the end.
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [, , path = ''] = process.argv;
const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' } as const;
const store = new LmdbStore({ path }).open();
let opened = 0;
let written = 0;

async function write(): Promise<void> {
  while (opened < 60) {
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.put('a', aor, `t${i}`, { data: Buffer.from('x'), event: 'presence', expires: Date.now() / 1000 + 600 }, 600)));
    written++;
  }
}

async function openAgain(): Promise<void> {
  for (; opened < 60; opened++) {
    const other = new LmdbStore({ path }).open();
    await new Promise((resolve) => { setTimeout(resolve, Math.random() * 3); });
    await other.close();
  }
}

await Promise.all([write(), openAgain()]);
await store.close();
process.stdout.write(`written ${written > 0}\n`);
