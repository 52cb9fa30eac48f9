/**
 * Changes a second of the LMDB store alone, 500 in flight, both durabilities.
 * Run: node --import tsx -C @nksip-ts/source bench/lmdb-store.mts [seconds] [directory]
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [seconds = '5', parent = tmpdir()] = process.argv.slice(2);
const data = Buffer.alloc(386, 'x');

for (const durability of ['disk', 'process'] as const) {
  const path = mkdtempSync(join(parent, 'nksip-ts-lmdb-bench-'));
  const store = new LmdbStore({ path, durability }).open();
  const until = performance.now() + 1000 * Number(seconds);
  let done = 0;
  const began = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: 500 }, async (_, lane) => {
    for (let i = 0; performance.now() < until; i++, done++) {
      const aor = { scheme: 'sip', user: `u${lane}-${i % 200}`, domain: 'example.com' };
      await store.put('bench', aor, 'tag', { data, event: 'presence', content_type: 'application/pidf+xml', expires: Date.now() / 1000 + 3600 }, 3600);
    }
  }));
  const elapsed = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  console.log(`${durability}: ${Math.round(done / elapsed)} puts/s, ${((user + system) / 1e6 / elapsed).toFixed(2)} CPU, ${store.count('bench')} stored, data.mdb ${Math.round(statSync(join(path, 'data.mdb')).size / 2 ** 20)} MiB`);
  await store.close();
  rmSync(path, { recursive: true, force: true });
}
