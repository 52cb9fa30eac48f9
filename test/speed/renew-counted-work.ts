// Counts the work of a PUBLISH, with a notifier and without, of a REGISTER, of a SUBSCRIBE and of a NOTIFY, and records it: `npm run count:record`.
import { writeFileSync } from 'node:fs';
import { countRegister, countUnwatched, countWatch, countWork, record, registerRecord, unwatchedRecord, watchRecord, type Work } from './counted-work.ts';

for (const [file, work] of [[record, countWork()], [unwatchedRecord, countUnwatched()], [registerRecord, countRegister()], [watchRecord, countWatch()]] as const) {
  writeFileSync(file, `${JSON.stringify(work, undefined, 1)}\n`);
  for (const [kind, { bytes, steps }] of Object.entries(work) as [string, Work][]) console.log(kind, bytes, 'bytes,', Object.values(steps).reduce((sum, count) => sum + count, 0), 'steps');
}
