import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { NksipError, reasonOf } from '../errors.js';
import { familyOf, isWildcard, withoutBrackets, withoutZone } from './address.js';
import { makeSelfSigned } from './certificate.js';
import { addressesOf } from './local-host.js';
import type { Logger } from '../log.js';
import type { TlsOptions } from './transport-options.js';

/** What we show and trust as a client. Rejects with NksipError('certificate_failed'). */
export async function clientCredentials(options: TlsOptions): Promise<SecureContextOptions> {
  return checked({ ...(await trusted(options)), ...(await ownCertificate(options)) }, options.certfile);
}

/** What the listeners of a service show: all the same, as long as it names them all. */
export class ServerCredentials {
  #last: { readonly names: string; readonly credentials: SecureContextOptions } | undefined;

  constructor(
    private readonly options: TlsOptions,
    private readonly host: string | undefined,
    private readonly log: Pick<Logger, 'warn'>,
  ) {}

  /**
   * For listeners at these addresses; without a configured certificate one made now for them and `host`, with a warning.
   * Rejects with NksipError('certificate_failed').
   */
  async for(addresses: readonly string[]): Promise<SecureContextOptions> {
    const { certfile, keyfile } = this.options;
    const isConfigured = certfile !== undefined || keyfile !== undefined;
    const names = isConfigured ? [] : certificateNames(this.host, addresses);
    if (this.#last?.names !== names.join()) {
      this.#last = { names: names.join(), credentials: await (isConfigured ? clientCredentials(this.options) : this.#selfSigned(names)) };
    }
    return this.#last.credentials;
  }

  async #selfSigned(names: readonly string[]): Promise<SecureContextOptions> {
    if (!this.options.selfSigned) {
      throw new NksipError('certificate_failed', { reason: 'tls_certfile is not given, and tls_self_signed is false' });
    }
    this.log.warn({ names }, 'TLS uses a self-signed certificate made just now, which no client can verify: give tls_certfile and tls_keyfile');
    return { ...(await trusted(this.options)), ...(await makeSelfSigned(names, Date.now())) };
  }
}

function certificateNames(host: string | undefined, addresses: readonly string[]): string[] {
  const interfaces = networkInterfaces();
  const all = addresses.flatMap((address) => (isWildcard(address) ? addressesOf(familyOf(address), interfaces) : [address]));
  const own = host === undefined || host === '' || host === 'auto' ? [] : [withoutBrackets(host)];
  return [...new Set([...own, 'localhost', ...all.map(withoutZone)])];
}

async function trusted(options: TlsOptions): Promise<SecureContextOptions> {
  return options.cafile === undefined ? {} : { ca: await pem(options.cafile) };
}

async function ownCertificate(options: TlsOptions): Promise<SecureContextOptions> {
  if (options.certfile === undefined) {
    if (options.keyfile === undefined) return {};
    throw new NksipError('certificate_failed', { reason: 'tls_keyfile is given without tls_certfile' });
  }
  const cert = await pem(options.certfile);
  const key = options.keyfile === undefined ? cert : await pem(options.keyfile);
  return { cert, key, ...(options.password === undefined ? {} : { passphrase: options.password }) };
}

async function pem(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    throw new NksipError('certificate_failed', { file, reason: reasonOf(error) }, { cause: error });
  }
}

/** A key that does not fit its certificate, or a wrong password, is told at start and not by the first client. */
function checked(credentials: SecureContextOptions, file: string | undefined): SecureContextOptions {
  try {
    createSecureContext(credentials);
    return credentials;
  } catch (error) {
    throw new NksipError('certificate_failed', { ...(file === undefined ? {} : { file }), reason: reasonOf(error) }, { cause: error });
  }
}
