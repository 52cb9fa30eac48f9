import { readFile } from 'node:fs/promises';
import { NksipError, reasonOf } from '@nksip-ts/core';
import type { AdminOptions } from './options.js';

const VARIABLE = 'NKSIP_TS_SIP_ADMIN_TOKEN';
/** Characters. */
const SHORTEST = 16;

/** The token of the options, of the file, or of the environment, in this order. Rejects with `invalid_option`. */
export async function readToken({ sip_admin_token: token, sip_admin_token_file: file }: AdminOptions): Promise<string | undefined> {
  if (token !== undefined) return token;
  if (file !== undefined) return checked(await textOf(file), 'sip_admin_token_file');
  const found = process.env[VARIABLE];
  return found === undefined || found === '' ? undefined : checked(found, 'sip_admin_token');
}

async function textOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new NksipError('invalid_option', { option: 'sip_admin_token_file', given: file, reason: `the file cannot be read: ${reasonOf(error)}` });
  }
}

/** The token itself stands in no error. */
function checked(token: string, option: string): string {
  if (token.length >= SHORTEST && /^[!-~]+$/.test(token)) return token;
  throw new NksipError('invalid_option', { option, given: '[redacted]', reason: `a token is ${SHORTEST} characters or more, without blanks` });
}
