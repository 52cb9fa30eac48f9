import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { tell } from '../output/terminal.js';
import { unreadable } from './unreadable.js';

/**
 * Writes lines to a file that gets its name when it is whole and `isGood`: until then, and where it fails, what had the name before stays as
 * it was. Throws Misuse for what the system says.
 */
export async function writeWhole(file: string, lines: AsyncIterable<string>, isGood: () => boolean): Promise<void> {
  const before = await stat(file).catch(() => undefined);
  // A device or a pipe is nothing to be kept.
  if (before !== undefined && !before.isFile()) return await pipeline(lines, createWriteStream(file)).catch(unreadable(file));
  const target = before === undefined ? file : await realpath(file);
  const beside = `${target}.tmp`;
  let isDone = false;
  try {
    await pipeline(lines, createWriteStream(beside, { flush: true, ...(before !== undefined && { mode: before.mode }) }));
    if (isGood()) {
      await rename(beside, target);
      isDone = true;
    }
  } catch (error) {
    unreadable(file)(error);
  } finally {
    if (!isDone) await rm(beside, { force: true }).catch(() => undefined);
    if (!isDone && before !== undefined) tell(`'${file}' is left as it was.`);
  }
}
