import { generateKeyPair, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';
import { NksipError, reasonOf } from '../../errors.js';
import { addressDigits } from '../address.js';
import { around, bits, boolean, instead, integer, octets, oid, sequence, set, time, utf8 } from './der.js';

/** PEM texts. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const makeKeys = promisify(generateKeyPair);
const oneHour = 3600_000;
const oneYear = 365 * 24 * oneHour;

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'));
const ourName = sequence(set(sequence(oid('2.5.4.3'), utf8('nksip-ts self-signed'))));

/**
 * Makes a key (EC P-256) and a certificate signed by itself (RFC 5280) for these names and addresses, valid for a year from `now` (ms).
 * Rejects with NksipError('certificate_failed').
 */
export async function makeSelfSigned(names: readonly string[], now: number): Promise<Certificate> {
  try {
    const { publicKey, privateKey } = await makeKeys('ec', { namedCurve: 'P-256' });
    const content = toBeSigned(publicKey.export({ type: 'spki', format: 'der' }), names, now);
    const certificate = sequence(content, ecdsaWithSha256, bits(sign('sha256', content, privateKey)));
    return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(certificate) };
  } catch (error) {
    throw new NksipError('certificate_failed', { reason: `none could be made (${reasonOf(error)})` }, { cause: error });
  }
}

/** RFC 5280 4.1. Its clock may be an hour ahead of a client's. */
function toBeSigned(publicKey: Buffer, names: readonly string[], now: number): Buffer {
  return sequence(
    around(0, integer(Buffer.from([2]))), // version 3
    integer(serialNumber()),
    ecdsaWithSha256,
    ourName,
    sequence(time(now - oneHour), time(now + oneYear)),
    ourName,
    publicKey,
    around(3, sequence(
      extension('2.5.29.19', sequence(), true), // basicConstraints: no authority
      extension('2.5.29.15', bits(Buffer.from([0x80]), 7), true), // keyUsage: digitalSignature
      extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.1'), oid('1.3.6.1.5.5.7.3.2'))), // extKeyUsage: serverAuth, clientAuth
      extension('2.5.29.17', sequence(...names.map(alternativeName))),
    )),
  );
}

/** RFC 5280 4.1.2.2: positive. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8() & 0x3f) | 0x40);
  return bytes;
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octets(value));
}

/** RFC 5280 4.2.1.6: an iPAddress of 4 or 16 bytes, or a dNSName. */
function alternativeName(name: string): Buffer {
  const family = isIP(name);
  return family === 0 ? instead(2, Buffer.from(name, 'latin1')) : instead(7, Buffer.from(addressDigits(name).slice(family === 4 ? -8 : 0), 'hex'));
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
