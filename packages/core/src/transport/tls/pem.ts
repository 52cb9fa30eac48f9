import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { NksipError, reasonOf, show } from '../../errors.js';
import { opensslReason } from '../system-error.js';

/** A file that an option names. */
export interface TlsFile {
  readonly option: string;
  readonly path: string;
  /** Its bytes, one character each. */
  readonly text: string;
}

/** What it may hold, as the first lines of PEM call it (RFC 7468). */
const kinds = [
  { words: 'a certificate', label: /^(?:X509 |TRUSTED )?CERTIFICATE$/ },
  { words: 'a private key', label: /PRIVATE KEY$/ },
  { words: 'a certificate request, which an authority has yet to sign', label: /CERTIFICATE REQUEST$/ },
  { words: 'a public key', label: /PUBLIC KEY$/ },
] as const;

const [certificateKind, keyKind] = kinds;

/**
 * The certificates in a file, the first one first; `key`: the file in which the key should be, which the two may be confused with.
 * Throws NksipError('certificate_failed') unless there is one, and all can be read.
 */
export function certificatesIn(file: TlsFile, key?: TlsFile): readonly X509Certificate[] {
  if (!holds(file, certificateKind)) {
    if (key !== undefined && key !== file && holds(file, keyKind) && holds(key, certificateKind)) {
      throw certificateFailed(file, `it holds the private key, and ${nameOf(key)} the certificate: exchange the two`);
    }
    throw certificateFailed(file, missing(file, 'certificate', 'x509'));
  }
  const whole = file.text.match(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g) ?? [];
  if (whole.length !== labelsIn(file.text).filter((label) => certificateKind.label.test(label)).length) throw certificateFailed(file, 'a certificate in it is cut off: copy the whole file again');
  return whole.map((text, index) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      throw certificateFailed(file, `certificate ${index + 1} in it cannot be read (${opensslReason(error) ?? reasonOf(error)}): copy the whole file again`, error);
    }
  });
}

/** The options that have the rest of what a key is. */
interface KeyOptions {
  readonly option: string;
  readonly password: string | undefined;
  readonly keyfile: string;
}

/** The private key in a file. Throws NksipError('certificate_failed') unless there is one, and `password` opens it. */
export function keyIn(file: TlsFile, { option, password, keyfile }: KeyOptions): KeyObject {
  if (!holds(file, keyKind)) throw certificateFailed(file, `${missing(file, 'private key', 'pkey')}${file.option === keyfile ? '' : `; name the file of the key in ${keyfile}`}`);
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(file.text);
  if (isEncrypted && password === undefined) throw certificateFailed(file, `its key is encrypted: give the password of it in ${option}`);
  try {
    return createPrivateKey({ key: file.text, ...(password === undefined ? undefined : { passphrase: password }) });
  } catch (error) {
    throw certificateFailed(file, isEncrypted
      ? `its key is encrypted, and ${option} does not open it: give the right password`
      : `its key cannot be read (${opensslReason(error) ?? reasonOf(error)}): copy the whole file again`, error);
  }
}

export interface KeyPair {
  readonly cert: TlsFile;
  readonly certificates: readonly X509Certificate[];
  readonly key: TlsFile;
  readonly keyObject: KeyObject;
}

/** The first certificate is the one that is shown, and the key has to be its own. OpenSSL does not mind a key of another type. */
export function checkPair({ cert, certificates, key, keyObject }: KeyPair): void {
  const owner = certificates.findIndex((certificate) => certificate.checkPrivateKey(keyObject));
  if (owner === 0) return;
  const place = cert === key ? 'in it' : `in ${nameOf(cert)}`;
  if (owner > 0) throw certificateFailed(key, `its key belongs to certificate ${owner + 1} ${place}: put that one first, and after it the chain`);
  const types = [keyObject.asymmetricKeyType, certificates[0]?.publicKey.asymmetricKeyType].map((type) => (type ?? 'unknown').toUpperCase());
  const kind = types[0] === types[1] ? '' : ` (the key is ${types[0]}, the certificate ${types[1]})`;
  throw certificateFailed(key, `its key does not belong to the certificate ${place}${kind}: give the two that were made together`);
}

export function certificateFailed({ option, path }: Pick<TlsFile, 'option' | 'path'>, reason: string, cause?: unknown): NksipError {
  return new NksipError('certificate_failed', { option, file: path, reason }, cause === undefined ? undefined : { cause });
}

function nameOf({ option, path }: TlsFile): string {
  return `${option} ${show(path)}`;
}

function labelsIn(text: string): string[] {
  return [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label = '']) => label);
}

function holds({ text }: TlsFile, { label: wanted }: (typeof kinds)[number]): boolean {
  return labelsIn(text).some((label) => wanted.test(label));
}

/** Why a file does not hold what it should, and what to do. */
function missing({ text }: TlsFile, wanted: string, command: 'x509' | 'pkey'): string {
  if (text.trim() === '') return 'it is empty';
  const found = kinds.filter(({ label }) => labelsIn(text).some((one) => label.test(one))).map(({ words }) => words);
  if (found.length > 0) return `it holds no ${wanted}, but ${found.join(' and ')}`;
  if (!isBinary(text)) return `it holds no ${wanted}: there is no line '-----BEGIN ${wanted.toUpperCase()}-----'`;
  const how = isPkcs12(text) ? "PKCS#12, not PEM: 'openssl pkcs12 -nodes -in FILE -out FILE.pem'" : `DER, not PEM: 'openssl ${command} -inform der -in FILE -out FILE.pem'`;
  return `it is ${how} makes what is needed`;
}

/** ASN.1: all that can stand here is a sequence. */
function isBinary(text: string): boolean {
  return text.startsWith('\x30') && /[^\t\n\r -~]/.test(text);
}

/** RFC 7292 4: a sequence that begins with its version, 3. */
function isPkcs12(text: string): boolean {
  return text.slice(2, 9).includes('\x02\x01\x03');
}
