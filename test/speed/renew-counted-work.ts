// Counts the work of a PUBLISH and records it: `npm run count:record`.
import { writeFileSync } from 'node:fs';
import { countWork, kinds, record } from './counted-work.ts';

const work = countWork();
writeFileSync(record, `${JSON.stringify(work, undefined, 1)}\n`);
for (const kind of kinds) console.log(kind, work[kind].bytes, 'bytes,', Object.values(work[kind].steps).reduce((sum, count) => sum + count, 0), 'steps');
