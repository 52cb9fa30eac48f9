// Counts the work of a PUBLISH, of a REGISTER, of a SUBSCRIBE and of a NOTIFY, and records it: `npm run count:record`.
import { writeFileSync } from 'node:fs';
import { countRegister, countWatch, countWork, record, registerRecord, watchRecord, type Work } from './counted-work.ts';

for (const [file, work] of [[record, countWork()], [registerRecord, countRegister()], [watchRecord, countWatch()]] as const) {
  writeFileSync(file, `${JSON.stringify(work, undefined, 1)}\n`);
  for (const [kind, { bytes, steps }] of Object.entries(work) as [string, Work][]) console.log(kind, bytes, 'bytes,', Object.values(steps).reduce((sum, count) => sum + count, 0), 'steps');
}
