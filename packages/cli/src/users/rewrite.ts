import { randomBytes } from 'node:crypto';
import { chown, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { NksipError } from '@nksip-ts/core';
import { Misuse } from '../command-line/command-line.js';
import { fileReason } from '../config/file-reason.js';
import { utf8Text } from '../config/utf8-text.js';
import './errors.js';

/** What a file will have in it, and a sentence about it. */
interface Rewritten {
  readonly text: string;
  readonly told: string;
}

/**
 * Writes a file anew, as a whole or not at all: nobody sees half of it. A new one is readable by its owner only; another keeps its owner and
 * who may read it. Returns what there is to tell. Rejects with NksipError('users_file'), or with the Misuse that `change` throws.
 */
export async function rewrite(file: string, change: (before: string) => Rewritten): Promise<string> {
  try {
    const before = await present(file);
    const { text, told } = change(before === undefined ? '' : utf8Text(await readFile(before.path)));
    await write(before?.path ?? file, text, before);
    return told;
  } catch (error) {
    if (error instanceof Misuse) throw error;
    throw new NksipError('users_file', { file, reason: fileReason(error, file) }, { cause: error });
  }
}

interface Present {
  /** Behind links. */
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

async function present(file: string): Promise<Present | undefined> {
  try {
    const path = await realpath(file);
    const { mode, uid, gid } = await stat(path);
    return { path, mode: mode & 0o777, uid, gid };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function write(path: string, text: string, before: Present | undefined): Promise<void> {
  const beside = `${path}.${randomBytes(6).toString('hex')}`;
  const handle = await open(beside, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    if (before !== undefined) {
      if (before.uid !== process.getuid?.() || before.gid !== process.getgid?.()) await chown(beside, before.uid, before.gid);
      await handle.chmod(before.mode);
    }
    await handle.sync();
    await handle.close();
    await rename(beside, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(beside, { force: true });
    throw error;
  }
}
