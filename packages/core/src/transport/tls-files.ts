import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { NksipError, reasonOf } from '../errors.js';
import type { CertificateFiles, TlsOptions } from './transport-options.js';

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
}

/** Rejects with NksipError('certificate_failed') for the first file that cannot be read. */
export async function readTlsFiles(options: TlsOptions): Promise<FileTexts> {
  const texts = new Map<string, string>();
  for (const { certfile, keyfile } of [options, ...Object.values(options.sni ?? {})]) {
    for (const file of [certfile, keyfile]) if (file !== undefined) texts.set(file, await read(file));
  }
  if (options.cafile !== undefined) texts.set(options.cafile, await read(options.cafile));
  return texts;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    throw failed(file, error);
  }
}

/** Checks all of it, so that a key that does not fit or a wrong password is told now and not by the first client. Throws NksipError('certificate_failed'). */
export function tlsMaterial(options: TlsOptions, texts: FileTexts): TlsMaterial {
  const trusted = options.cafile === undefined ? {} : { ca: authorities(options.cafile, texts) };
  if (options.certfile === undefined && options.keyfile !== undefined) {
    throw new NksipError('certificate_failed', { reason: 'tls_keyfile is given without tls_certfile' });
  }
  const credentials = options.certfile === undefined ? trusted : withCertificate(trusted, options.certfile, options, texts);
  const named = Object.entries(options.sni ?? {}).map(([name, files]) =>
    [name, createSecureContext({ ...withCertificate(trusted, files.certfile, files, texts), minVersion })] as const);
  return { texts, credentials, named: new Map(named) };
}

/** RFC 6125 6.4.3: a wildcard stands for one label. */
export function contextNamed(host: string, named: ReadonlyMap<string, SecureContext>): SecureContext | undefined {
  const name = host.toLowerCase();
  return named.get(name) ?? named.get(name.replace(/^[^.]*/, '*'));
}

function withCertificate(trusted: SecureContextOptions, certfile: string, { keyfile = certfile, password }: Partial<CertificateFiles>, texts: FileTexts): SecureContextOptions {
  const cert = texts.get(certfile) ?? '';
  const key = texts.get(keyfile) ?? '';
  const passphrase = password === undefined ? {} : { passphrase: password };
  const credentials = { ...trusted, cert, key, ...passphrase };
  trying(certfile, () => new X509Certificate(cert));
  trying(keyfile, () => createPrivateKey({ key, ...passphrase }));
  trying(certfile, () => createSecureContext(credentials));
  return credentials;
}

const certificates = /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[^-]+-----END [A-Z0-9 ]*CERTIFICATE-----/g;

/** TLS skips what it cannot read among authorities: of a file half written it would trust half, or nobody. */
function authorities(file: string, texts: FileTexts): string {
  const text = texts.get(file) ?? '';
  trying(file, () => {
    const whole = text.match(certificates) ?? [];
    if (whole.length === 0 || whole.length !== text.match(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/g)?.length) throw new Error('it has no certificates, or not all of one');
    for (const certificate of whole) new X509Certificate(certificate);
  });
  return text;
}

function trying(file: string, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    throw failed(file, error);
  }
}

function failed(file: string, error: unknown): NksipError {
  return new NksipError('certificate_failed', { file, reason: reasonOf(error) }, { cause: error });
}
