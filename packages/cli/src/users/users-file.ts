import { readFile, stat } from 'node:fs/promises';
import { NksipError } from '@nksip-ts/core';
import { systemReason } from '../config/file-reason.js';
import { utf8Text } from '../config/utf8-text.js';
import './errors.js';
import { parseUsers, type UserLine } from './users-text.js';

export interface UsersFile {
  readonly lines: readonly UserLine[];
  /** Whoever can read it can sign in as anybody in it. */
  readonly isPublic: boolean;
}

/** Rejects with NksipError('users_file'). */
export async function readUsers(file: string): Promise<UsersFile> {
  try {
    const lines = parseUsers(utf8Text(await readFile(file)));
    return { lines, isPublic: ((await stat(file)).mode & 0o004) !== 0 };
  } catch (error) {
    throw new NksipError('users_file', { file, reason: systemReason(error) }, { cause: error });
  }
}

/** Another text each time that the file, or what stands at its place, is another one or was written to. */
export async function stampOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return systemReason(error);
  }
}
