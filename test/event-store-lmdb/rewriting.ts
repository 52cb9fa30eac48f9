// Opens a directory of the first format and kills itself when the rewriting has come to a number of those publications that are
// looked at: node ... rewriting.ts DIRECTORY HOW_MANY
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [path = '', many = '0'] = process.argv.slice(2);
const store = new LmdbStore({ path }).open();
const isRewritten = (i: number): boolean => store.get('many', { scheme: 'sip', user: `u${i}`, domain: 'example.com' }, `t${i}`)?.version !== 'first format';
const some = Array.from({ length: 100 }, (_, i) => 2 * i + 1);
while (some.filter(isRewritten).length < Number(many)) await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${some.filter(isRewritten).length}\n`, () => process.kill(process.pid, 'SIGKILL'));
