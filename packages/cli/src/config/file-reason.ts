import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { reasonOf } from '@nksip-ts/core';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EISDIR: 'it is a folder', ENOTDIR: 'a part of its path is no folder', ENOSPC: 'the disk is full',
  EACCES: 'the user who runs this may not use it', EROFS: 'nothing can be written there',
};

/** What the system says of a file, in words; what others say, as they said it. */
export function systemReason(error: unknown): string {
  return reasons[codeOf(error)] ?? reasonOf(error);
}

/** The same of a file whose folder may be missing. */
export function fileReason(error: unknown, file: string): string {
  return codeOf(error) === 'ENOENT' && !existsSync(dirname(file)) ? `there is no folder '${dirname(file)}'` : systemReason(error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : '';
}
