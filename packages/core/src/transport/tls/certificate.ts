import { isIP } from 'node:net';
import { NksipError, reasonOf } from '../../errors.js';

/** PEM texts. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const oneYear = 365 * 24 * 3600 * 1000;

/**
 * Makes a key (EC P-256) and a certificate signed by itself for these names and addresses, valid for a year from `now` (ms).
 * The library is loaded only here. Rejects with NksipError('certificate_failed').
 */
export async function makeSelfSigned(names: readonly string[], now: number): Promise<Certificate> {
  try {
    const { generate } = await import('selfsigned');
    const made = await generate([{ name: 'commonName', value: 'nksip-ts self-signed' }], {
      keyType: 'ec',
      curve: 'P-256',
      algorithm: 'sha256',
      notBeforeDate: new Date(now - 3600_000),
      notAfterDate: new Date(now + oneYear),
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
        { name: 'subjectAltName', altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })) },
      ],
    });
    return { key: made.private, cert: made.cert };
  } catch (error) {
    throw new NksipError('certificate_failed', { reason: `none could be made (${reasonOf(error)})` }, { cause: error });
  }
}
