// Opens a database and closes it again: node reopen-child.js DIRECTORY. See newest-commit.ts.
import { open } from 'lmdb';
import { directoryOptions } from './directory.js';

await open({ ...directoryOptions(process.argv[2] ?? ''), readOnly: true }).close();
