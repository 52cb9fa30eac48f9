// Makes a directory of the first format, as the code before format 2 did: node ... former-many.ts DIRECTORY HOW_MANY. Half are of one address.
import { PublicationKeys, deadlineKey } from '../../packages/event-store-lmdb/src/publication-keys.ts';
import { inRaw } from './raw.ts';

const [path = '', many = '0'] = process.argv.slice(2);
const keys = new PublicationKeys();
const deadline = Date.now() + 600_000;
await inRaw(path, ({ publications, deadlines, counts, about }) => {
  about.putSync('format', 'nksip-ts event state 1');
  counts.putSync(keys.service('many'), Buffer.from(many));
  for (let i = 0; i < Number(many); i++) {
    const user = i % 2 === 0 ? 'all' : `u${i}`;
    const key = keys.publication('many', { scheme: 'sip', user, domain: 'example.com' }, `t${i}`);
    const head = Buffer.from(JSON.stringify(['many', 'sip', user, 'example.com', `t${i}`, 'presence', 'text/plain', null, deadline / 1000]));
    const start = Buffer.alloc(12);
    start.writeDoubleLE(deadline, 0);
    start.writeUInt32LE(head.length, 8);
    publications.putSync(key, Buffer.concat([start, head, Buffer.from(`body ${i}`)]));
    deadlines.putSync(deadlineKey(deadline, key), Buffer.from([0]));
  }
});
console.log('made');
