import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '@nksip-ts/core';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EISDIR: 'it is a folder', ENOTDIR: 'a part of its path is no folder', ENOSPC: 'the disk is full',
  EACCES: 'the user who runs this may not use it', EROFS: 'nothing can be written there',
};

/** What the system says of a file, in words. */
export function fileReason(error: unknown, file: string): string {
  const code = error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT' && !existsSync(dirname(file))) return `there is no folder '${dirname(file)}'`;
  return reasons[code] ?? reasonOf(error);
}
