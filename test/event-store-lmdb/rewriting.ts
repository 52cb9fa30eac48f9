// Opens a directory of the first format and kills itself when the rewriting has come to a number of those publications that are
// looked at: node ... rewriting.ts DIRECTORY HOW_MANY
import { LmdbStore } from '@nksip-ts/event-store-lmdb';

const [path = '', many = '0'] = process.argv.slice(2);
const store = new LmdbStore({ path }).open();
const isRewritten = async (i: number): Promise<boolean> => (await store.get('many', { scheme: 'sip', user: `u${i}`, domain: 'example.com' }, `t${i}`))?.version !== 'first format';
const some = Array.from({ length: 100 }, (_, i) => 2 * i + 1);
const rewritten = async (): Promise<number> => (await Promise.all(some.map(isRewritten))).filter(Boolean).length;
while (await rewritten() < Number(many)) await new Promise((resolve) => setImmediate(resolve));
process.stdout.write(`${await rewritten()}\n`, () => process.kill(process.pid, 'SIGKILL'));
