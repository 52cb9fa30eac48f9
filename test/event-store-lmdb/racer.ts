// One of several processes that race for tags: for each line 'ROUND' it tries to replace the tag of that round, and tells what it won.
import { createInterface } from 'node:readline';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [path = '', name = ''] = process.argv.slice(2);
const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const store = new LmdbStore({ path }).open();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const rounds = line.split(' ');
  const won = await Promise.all(rounds.map(async (round, index) => {
    const record = { data: Buffer.from(name), event: 'presence', expires: Date.now() / 1000 + 600 };
    if (index % 2 === 1) return store.del('races', aor, `old${round}`);
    return store.replace('races', aor, `old${round}`, `${name}${round}`, record, 600);
  }));
  process.stdout.write(`${won.map(Number).join('')}\n`);
}
await store.close();
