import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { NksipError, reasonOf } from '../../errors.js';
import { opensslReason, systemCode } from '../system-error.js';
import { certificateFailed, certificatesIn, checkPair, keyIn, type TlsFile } from './pem.js';
import { validityOf, type Validity } from './validity.js';
import type { CertificateFiles, TlsOptions } from '../transport-options.js';

/** RFC 8996: neither TLS 1.0 nor 1.1. */
export const minVersion = 'TLSv1.2';

/** What stands in each file. */
export type FileTexts = ReadonlyMap<string, string>;

/** What the files of `tls_*` come to: all of it fits together, or there is none. */
export interface TlsMaterial {
  readonly texts: FileTexts;
  /** The authorities to trust, and our certificate where one is configured. */
  readonly credentials: SecureContextOptions;
  /** What is shown to a client that asks for this name. */
  readonly named: ReadonlyMap<string, SecureContext>;
  /** Of each certificate that is shown, and of its chain. */
  readonly validities: readonly Validity[];
}

/** A certificate and its key, and what the options are called that name them. */
interface Pair {
  readonly files: CertificateFiles;
  /** The name that a client asks for to be shown it; undefined: it is for all the others. */
  readonly host?: string;
  readonly option: (name: 'certfile' | 'keyfile' | 'password') => string;
}

/** The pair of tls_certfile, if there is one, and then those of tls_sni. */
function pairsOf({ certfile, keyfile, password, sni = {} }: TlsOptions): Pair[] {
  const given = { ...(keyfile === undefined ? undefined : { keyfile }), ...(password === undefined ? undefined : { password }) };
  const main: Pair[] = certfile === undefined ? [] : [{ files: { certfile, ...given }, option: (name) => `tls_${name}` }];
  return [...main, ...Object.entries(sni).map(([host, files]): Pair => ({ files, host, option: (name) => `tls_sni['${host}'].${name}` }))];
}

/** Rejects with NksipError('certificate_failed') for the first file that cannot be read. */
export async function readTlsFiles(options: TlsOptions): Promise<FileTexts> {
  const texts = new Map<string, string>();
  const take = async (option: string, path: string | undefined): Promise<void> => {
    if (path !== undefined) texts.set(path, await read(option, path));
  };
  for (const { files, option } of pairsOf(options)) {
    await take(option('certfile'), files.certfile);
    await take(option('keyfile'), files.keyfile);
  }
  await take('tls_cafile', options.cafile);
  return texts;
}

async function read(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    throw certificateFailed({ option, path }, whyUnread(path, error), error);
  }
}

function whyUnread(path: string, error: unknown): string {
  switch (systemCode(error)) {
    case 'ENOENT':
      return `there is no such file${isAbsolute(path) ? '' : ` in ${process.cwd()}, where relative paths start`}`;
    case 'EACCES':
      return 'this process has no right to read it: change its owner or its mode';
    case 'EISDIR':
      return 'it is a folder: name a file in it';
    default:
      return reasonOf(error);
  }
}

/** Checks all of it, so that a key that does not fit or a wrong password is told now and not by the first client. Throws NksipError('certificate_failed'). */
export function tlsMaterial(options: TlsOptions, texts: FileTexts): TlsMaterial {
  refuseHalf(options);
  const fileOf = (option: string, path: string): TlsFile => ({ option, path, text: texts.get(path) ?? '' });
  const trusted = options.cafile === undefined ? {} : { ca: authorities(fileOf('tls_cafile', options.cafile)) };
  const checked = pairsOf(options).map((pair) => ({ host: pair.host, ...withCertificate(trusted, pair, fileOf) }));
  return {
    texts,
    credentials: checked.find(({ host }) => host === undefined)?.credentials ?? trusted,
    named: new Map(checked.flatMap(({ host, context }) => host === undefined ? [] : [[host, context]])),
    validities: checked.flatMap(({ validities }) => validities),
  };
}

function refuseHalf({ certfile, keyfile, password }: TlsOptions): void {
  if (certfile !== undefined) return;
  const half = keyfile !== undefined ? 'tls_keyfile' : password !== undefined ? 'tls_password' : undefined;
  if (half !== undefined) throw new NksipError('certificate_failed', { reason: `${half} is given without tls_certfile, whose key it is for: give that, too, or neither` });
}

/** RFC 6125 6.4.3: a wildcard stands for one label. */
export function contextNamed(host: string, named: ReadonlyMap<string, SecureContext>): SecureContext | undefined {
  const name = host.toLowerCase();
  return named.get(name) ?? named.get(name.replace(/^[^.]*/, '*'));
}

interface Checked {
  readonly credentials: SecureContextOptions;
  readonly context: SecureContext;
  readonly validities: readonly Validity[];
}

function withCertificate(trusted: SecureContextOptions, { files, option }: Pair, fileOf: (option: string, path: string) => TlsFile): Checked {
  const { certfile, keyfile, password } = files;
  const cert = fileOf(option('certfile'), certfile);
  const key = keyfile === undefined ? cert : fileOf(option('keyfile'), keyfile);
  const certificates: readonly X509Certificate[] = certificatesIn(cert, key);
  checkPair({ cert, certificates, key, keyObject: keyIn(key, { option: option('password'), password, keyfile: option('keyfile') }) });
  const credentials = { ...trusted, cert: cert.text, key: key.text, ...(password === undefined ? undefined : { passphrase: password }) };
  return { credentials, context: contextOf(credentials, cert), validities: certificates.map((certificate) => validityOf(cert, certificate)) };
}

function contextOf(credentials: SecureContextOptions, cert: TlsFile): SecureContext {
  try {
    return createSecureContext({ ...credentials, minVersion });
  } catch (error) {
    throw certificateFailed(cert, `TLS refuses it (${opensslReason(error) ?? reasonOf(error)}): have a new one made, with an EC key of P-256 or an RSA key of 2048 bits or more`, error);
  }
}

/** TLS skips what it cannot read among authorities: of a file half written it would trust half, or nobody. */
function authorities(file: TlsFile): string {
  certificatesIn(file);
  return file.text;
}
