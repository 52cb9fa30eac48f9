// Certificates: an `Authority` signs them for names, addresses and `sip:` URIs, and keeps them as files. `Files`: a certificate and its key.
import { writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { removeFolder, temporaryFolder } from './temporary-folder.ts';

export interface Files {
  readonly certfile: string;
  readonly keyfile: string;
}

/** Of a certificate that is not valid from now on. */
interface Dates {
  readonly notBeforeDate?: Date;
  readonly notAfterDate?: Date;
}

/** An authority of the test's own, and what it signs, as files. */
export class Authority {
  private constructor(
    private readonly folder: string,
    private readonly cert: string,
    private readonly key: string,
    readonly cafile: string,
  ) {}

  static async make(): Promise<Authority> {
    const folder = temporaryFolder('tls');
    const made = await generate([{ name: 'commonName', value: 'Test authority' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [{ name: 'basicConstraints', cA: true, critical: true }, { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true }],
    });
    const cafile = join(folder, 'ca.pem');
    await writeFile(cafile, made.cert);
    return new Authority(folder, made.cert, made.private, cafile);
  }

  /** For host names, addresses and `sip:` URIs. The same names again: another certificate in the same files. */
  async sign(names: readonly string[], password?: string, dates: Dates = {}): Promise<Files> {
    const altNames = names.map(altName);
    const made = await generate([{ name: 'commonName', value: 'Test' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      ca: { cert: this.cert, key: this.key },
      extensions: [{ name: 'basicConstraints', cA: false }, { name: 'subjectAltName', altNames }],
      ...(password === undefined ? {} : { passphrase: password }),
      ...dates,
    });
    const certfile = join(this.folder, `${names.join('-')}${password ?? ''}.cert.pem`);
    const keyfile = join(this.folder, `${names.join('-')}${password ?? ''}.key.pem`);
    await writeFile(certfile, made.cert);
    await writeFile(keyfile, made.private);
    return { certfile, keyfile };
  }

  /** A path beside the certificates. */
  path(name: string): string {
    return join(this.folder, name);
  }

  remove(): void {
    removeFolder(this.folder);
  }
}

function altName(name: string): { type: 2 | 6; value: string } | { type: 7; ip: string } {
  if (isIP(name) !== 0) return { type: 7, ip: name };
  return { type: name.startsWith('sip:') ? 6 : 2, value: name };
}
