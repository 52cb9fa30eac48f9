// Opens a directory as a process of an earlier version does, and tells so: node ... former-reader.ts DIRECTORY. Closes it when its input ends.
import { once } from 'node:events';
import { open } from 'lmdb';

const [, , path = ''] = process.argv;
const root = open({ path, noSubdir: false });
root.openDB('about', { encoding: 'json' }).get('format');
process.stdout.write('open\n');
await once(process.stdin.resume(), 'end');
await root.close();
