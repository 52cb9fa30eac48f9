import { createHash } from 'node:crypto';

/** What somebody with a password answers to a challenge; each part can be made wrong. Computed apart from what is under test. */
export interface CredentialParts {
  readonly user?: string;
  readonly password?: string;
  readonly realm?: string;
  readonly method?: string;
  readonly uri?: string;
  readonly nc?: string;
  readonly cnonce?: string;
  /** Instead of the one that is right. */
  readonly response?: string;
  /** Parameters as they are to stand, instead of those made; undefined: it is left out. */
  readonly change?: Readonly<Record<string, string | undefined>>;
}

const hashes: Readonly<Record<string, string>> = { 'MD5': 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };

/** A parameter of a challenge. */
export function parameter(challenge: string, name: string): string {
  const value = new RegExp(`[ ,]${name}=("?)([^",]*)\\1(?:,|$)`).exec(challenge)?.[2];
  if (value === undefined) throw new Error(`no ${name} in ${challenge}`);
  return value;
}

/** A value of Authorization for a challenge to PUBLISH sip:alice@example.com. */
export function credentialsFor(challenge: string, parts: CredentialParts = {}): string {
  const { user = 'alice', password = 'secret', method = 'PUBLISH', uri = 'sip:alice@example.com', nc = '00000001', cnonce = '0a4f113b' } = parts;
  const realm = parts.realm ?? parameter(challenge, 'realm');
  const nonce = parameter(challenge, 'nonce');
  const algorithm = parameter(challenge, 'algorithm');
  const hash = (text: string): string => createHash(hashes[algorithm] ?? algorithm).update(text).digest('hex');
  const response = parts.response ?? hash(`${hash(`${user}:${realm}:${password}`)}:${nonce}:${nc}:${cnonce}:auth:${hash(`${method}:${uri}`)}`);
  const params: Record<string, string | undefined> = {
    username: `"${user}"`, realm: `"${realm}"`, nonce: `"${nonce}"`, uri: `"${uri}"`, response: `"${response}"`, algorithm, cnonce: `"${cnonce}"`, qop: 'auth', nc, ...parts.change,
  };
  return `Digest ${Object.entries(params).flatMap(([name, value]) => value === undefined ? [] : [`${name}=${value}`]).join(', ')}`;
}

/** The same without qop, as RFC 2069 had it: with MD5. */
export function credentialsWithoutQop(challenge: string, parts: CredentialParts = {}): string {
  const { user = 'alice', password = 'secret', realm = parameter(challenge, 'realm'), method = 'PUBLISH', uri = 'sip:alice@example.com' } = parts;
  const md5 = (text: string): string => createHash('md5').update(text).digest('hex');
  const response = md5(`${md5(`${user}:${realm}:${password}`)}:${parameter(challenge, 'nonce')}:${md5(`${method}:${uri}`)}`);
  return credentialsFor(challenge, { response, ...parts, change: { qop: undefined, nc: undefined, cnonce: undefined, ...parts.change } });
}
