// Opens a directory, tells so, and reads the tag that it is told, if any: node ... reader.ts DIRECTORY. Closes it when its input ends.
import { createInterface } from 'node:readline';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [path = ''] = process.argv.slice(2);
const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const store = new LmdbStore({ path }).open();
await store.get('a', aor, 'none');
process.stdout.write('open\n');
for await (const tag of createInterface({ input: process.stdin })) process.stdout.write(`${String((await store.get('a', aor, tag))?.data.length)}\n`);
await store.close();
