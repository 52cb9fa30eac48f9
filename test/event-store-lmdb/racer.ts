// One of several processes that race for tags: for each line of rounds it tries to replace or to delete the tag of each, or, where a
// version is given as in '7:VERSION', to write over that; and it tells what it won.
import { createInterface } from 'node:readline';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [path = '', name = ''] = process.argv.slice(2);
const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const store = new LmdbStore({ path }).open();
process.stdout.write('ready\n');
for await (const line of createInterface({ input: process.stdin })) {
  const rounds = line.split(' ');
  const won = await Promise.all(rounds.map(async (given, index) => {
    const record = { data: Buffer.from(name), event: 'presence', expires: Date.now() / 1000 + 600 };
    const [round = '', version] = given.split(':');
    if (version !== undefined) return index % 4 === 3 ? store.del('races', aor, `old${round}`, version) : store.put('races', aor, `old${round}`, record, 600, version);
    if (index % 2 === 1) return store.del('races', aor, `old${round}`);
    return store.replace('races', aor, `old${round}`, `${name}${round}`, record, 600);
  }));
  process.stdout.write(`${won.map(Number).join('')}\n`);
}
await store.close();
