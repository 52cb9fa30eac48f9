// How data.mdb was made, with the package as it was at commit 4245615 (format 1), and how to make it again in a checkout of that:
// node --import tsx -C @nksip-ts/source test/event-store-lmdb/former-format/make.ts DIRECTORY
import { LmdbStore } from '@nksip-ts/event-store-lmdb';
import { formerPublications, madeAt } from './publications.ts';

const [path = ''] = process.argv.slice(2);
const store = new LmdbStore({ path, now: () => 1000 * madeAt });
await store.open();
console.log(store.secret());
await Promise.all(formerPublications.map(({ srvId, aor, tag, record, ttl }) => store.put(srvId, aor, tag, record, ttl)));
await store.close();
