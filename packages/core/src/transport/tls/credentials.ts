import { networkInterfaces } from 'node:os';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { NksipError, reasonOf } from '../../errors.js';
import type { Logger } from '../../log/log.js';
import { familyOf, isWildcard, withoutBrackets, withoutZone } from '../address.js';
import { makeSelfSigned, type Certificate } from './certificate.js';
import { addressesOf } from '../local-host.js';
import { contextNamed, readTlsFiles, tlsMaterial, type TlsMaterial } from './files.js';
import { whyNotValid } from './validity.js';
import type { TlsOptions } from '../transport-options.js';

/** What a listener shows and trusts, asked for each handshake; the same object as long as nothing changed. */
export interface ServerCredentials {
  current(): SecureContextOptions;
  /** For a name that a client asks for (SNI); undefined: what `current` says. */
  named(host: string): SecureContext | undefined;
}

/** What a service shows and trusts over TLS. Files are read when first needed, and from then on again and again. */
export class TlsCredentials {
  #material: TlsMaterial | undefined;
  /** Made for these names. */
  #selfSigned: { readonly names: string; readonly certificate: Certificate } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #refused: string | undefined;
  /** What was said of certificates that are not valid at this time. */
  #warned: ReadonlySet<string> = new Set();
  #closed = false;

  constructor(
    private options: TlsOptions,
    private readonly host: string | undefined,
    private readonly log: Pick<Logger, 'info' | 'warn'>,
  ) {}

  /** What we show and trust as a client. Rejects with NksipError('certificate_failed'). */
  async client(): Promise<SecureContextOptions> {
    return (await this.#loaded()).credentials;
  }

  /**
   * For listeners at these addresses; without a configured certificate one made now for them and `host`, with a warning.
   * Rejects with NksipError('certificate_failed').
   */
  async server(addresses: readonly string[]): Promise<ServerCredentials> {
    const loaded = await this.#loaded();
    if (this.options.certfile === undefined) await this.#makeOwn(certificateNames(this.host, addresses), this.options);
    const own = this.#selfSigned?.certificate;
    let shown = shownOf(loaded, own);
    return {
      current: () => {
        if (this.#material !== undefined && shown.material !== this.#material) shown = shownOf(this.#material, own ?? this.#selfSigned?.certificate);
        return shown.credentials;
      },
      named: (host) => contextNamed(host, (this.#material ?? shown.material).named),
    };
  }

  /**
   * Goes over to other files or passwords, for listeners at these addresses. Rejects with NksipError('certificate_failed') and stays
   * with those it has. Returns how to go back, or undefined if nothing is different.
   */
  async change(options: TlsOptions, addresses: readonly string[]): Promise<(() => void) | undefined> {
    if (isDeepStrictEqual(options, this.options)) {
      // Whoever asks for an update may have changed what is in the files.
      if (this.#material !== undefined) await this.#look();
      return undefined;
    }
    const before = { options: this.options, material: this.#material };
    const material = before.material === undefined ? undefined : tlsMaterial(options, await readTlsFiles(options));
    // Listeners that showed a file until now must have something to show from the first moment on.
    if (options.certfile === undefined && addresses.length > 0) await this.#makeOwn(certificateNames(this.host, addresses), options);
    this.#use(options, material);
    return () => this.#use(before.options, before.material);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  #use(options: TlsOptions, material: TlsMaterial | undefined): void {
    this.options = options;
    this.#material = material;
    this.#refused = undefined;
    this.#warnOfDates();
    if (material !== undefined) this.#watch();
  }

  async #loaded(): Promise<TlsMaterial> {
    if (this.#material !== undefined) return this.#material;
    const { options } = this;
    const material = tlsMaterial(options, await readTlsFiles(options));
    if (options !== this.options) return this.#loaded();
    this.#material = material;
    this.#warnOfDates();
    this.#watch();
    return material;
  }

  /**
   * By what the files say, not by events or times: files are replaced by renaming, behind links, or written over, and all that
   * comes to the same here.
   */
  #watch(): void {
    clearInterval(this.#timer);
    const { reloadInterval = 0 } = this.options;
    if (reloadInterval === 0 || this.#closed || this.#material?.texts.size === 0) return;
    this.#timer = setInterval(() => void this.#look(), reloadInterval).unref();
  }

  /** One look at a time, however long the file system takes. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    await this.#reload();
    this.#looking = false;
  }

  /** Whoever replaces certificate and key does it one after the other: until they fit again, the old ones serve. */
  async #reload(): Promise<void> {
    const { options } = this;
    try {
      const texts = await readTlsFiles(options);
      if (options !== this.options || this.#closed) return;
      if (!isDeepStrictEqual(texts, this.#material?.texts)) {
        this.#material = tlsMaterial(options, texts);
        this.log.info({ files: [...texts.keys()] }, 'TLS uses what its files say now; they have changed');
      } else if (this.#refused !== undefined) {
        this.log.info({ files: [...texts.keys()] }, 'TLS finds its files as they were before, and they fit each other');
      }
      this.#refused = undefined;
      this.#warnOfDates();
    } catch (error) {
      if (options === this.options && !this.#closed) this.#refuse(error);
    }
  }

  /** Once for each certificate, whenever it comes to be so: it is shown all the same, for clocks of peers may differ, and some verify nothing. */
  #warnOfDates(): void {
    const now = Date.now();
    const warnings = new Set(this.#material?.validities.flatMap((one) => whyNotValid(one, now) ?? []));
    for (const warning of warnings) if (!this.#warned.has(warning)) this.log.warn({}, warning);
    this.#warned = warnings;
  }

  #refuse(error: unknown): void {
    const reason = reasonOf(error);
    if (reason === this.#refused) return;
    this.#refused = reason;
    this.log.warn({ err: error }, `TLS keeps the certificates that it has, and tries again when the files change: ${reason}`);
  }

  async #makeOwn(names: readonly string[], { selfSigned }: TlsOptions): Promise<void> {
    if (!selfSigned) {
      throw new NksipError('certificate_failed', { reason: 'tls_self_signed is false, and no tls_certfile is given: give one, with its tls_keyfile' });
    }
    if (this.#selfSigned?.names === names.join()) return;
    this.log.warn({ names }, 'TLS uses a self-signed certificate made just now, which no client can verify: give tls_certfile and tls_keyfile');
    this.#selfSigned = { names: names.join(), certificate: await makeSelfSigned(names, Date.now()) };
  }
}

/** A certificate of our own making stands in where none is configured. */
function shownOf(material: TlsMaterial, selfSigned: Certificate | undefined): { readonly material: TlsMaterial; readonly credentials: SecureContextOptions } {
  const { credentials } = material;
  return { material, credentials: credentials.cert === undefined ? { ...credentials, ...selfSigned } : credentials };
}

function certificateNames(host: string | undefined, addresses: readonly string[]): string[] {
  const interfaces = networkInterfaces();
  const all = addresses.flatMap((address) => (isWildcard(address) ? addressesOf(familyOf(address), interfaces) : [address]));
  const own = host === undefined || host === '' || host === 'auto' ? [] : [withoutBrackets(host)];
  return [...new Set([...own, 'localhost', ...all.map(withoutZone)])];
}
