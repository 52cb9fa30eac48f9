import { randomBytes } from 'node:crypto';
import { NksipError } from '@nksip-ts/core';
import type { Connection } from './connection.js';

/** The text under a key, made if there is none: of several at once who make one, all get that of the first. */
export async function sharedSecret(connection: Connection, key: string): Promise<string> {
  const read = (): Promise<string | null> => connection.ask((client) => client.get(key));
  const known = await read();
  if (known !== null) return known;
  await connection.ask((client) => client.set(key, randomBytes(32).toString('hex'), 'NX'));
  const made = await read();
  if (made === null) throw new NksipError('store_unavailable', { reason: 'Redis does not keep what it is given' });
  return made;
}
