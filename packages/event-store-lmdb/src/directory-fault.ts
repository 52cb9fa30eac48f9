import { userInfo } from 'node:os';
import { reasonOf } from '@nksip-ts/core';

/** Why a directory cannot be used, and what to do: what the system says of it in words, anything else as it is. */
export function directoryReason(error: unknown): string {
  const code = error instanceof Error && 'syscall' in error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EACCES':
    case 'EPERM': return `the user who runs this (${userName()}) may not write there: change its owner (chown), or name another directory`;
    case 'EROFS': return 'its file system is mounted read-only: name another directory';
    case 'ENOTDIR': return 'a part of its path is a file: name another directory';
    case 'ENOENT': return 'no directory can be made there: name another one';
    case 'ENOSPC':
    case 'EDQUOT': return 'its disk is full: make room';
    default: return reasonOf(error);
  }
}

/** A user of a container may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
