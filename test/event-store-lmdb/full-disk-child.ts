// Writes until the disk is full, and tells what happened: node ... full-disk-child.ts DIRECTORY
import { NksipError } from '@nksip-ts/core';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [path = ''] = process.argv.slice(2);
const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const store = new LmdbStore({ path }).open();
const stored: string[] = [];
let refused: unknown;
for (let i = 0; refused === undefined && i < 10_000; i++) {
  const data = Buffer.alloc(20_000, i & 0xff);
  await store.put('a', aor, `t${i}`, { data, event: 'presence', expires: Date.now() / 1000 + 600 }, 600).then(() => stored.push(`t${i}`), (error: unknown) => { refused = error; });
}
let readable = 0;
for (const [i, tag] of stored.entries()) if ((await store.get('a', aor, tag))?.data.every((byte) => byte === (i & 0xff)) === true) readable++;
const again = await store.put('a', aor, 'again', { data: Buffer.alloc(20_000), event: 'presence', expires: Date.now() / 1000 + 600 }, 600).then(() => 'stored', (error: unknown) => error instanceof NksipError ? error.code : 'crash');
const tells = { stored: stored.length, readable, count: store.count('a'), code: refused instanceof NksipError ? refused.code : 'none', message: refused instanceof Error ? refused.message : '', again };
process.stdout.write(`${JSON.stringify(tells)}\n`);
await store.close();
