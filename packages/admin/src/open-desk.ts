import { NksipError, reasonOf } from '@nksip-ts/core';
import type { Desk } from './contract/desk.js';
import { version } from './contract/version.js';
import { placeOf } from './http/place.js';
import { DeskServer } from './http/server.js';
import { checkTogether, options, type AdminOptions } from './options.js';
import { readToken } from './token.js';

/** What is served over HTTP. */
export class OpenDesk {
  #token: string | undefined;
  #hosts: readonly string[] = [];
  #server: DeskServer | undefined;

  private constructor(private readonly desk: Desk, private readonly fault: (error: unknown) => void) {}

  /**
   * Serves a desk where its options say. Rejects with `invalid_option`, or `listen_failed` as the transports do. `given`: of the options of a service
   * those of this plugin are read.
   */
  static async open(desk: Desk, given: Readonly<Record<string, unknown>>, fault: (error: unknown) => void): Promise<OpenDesk> {
    const open = new OpenDesk(desk, fault);
    await open.configure(given);
    await open.#listen(ownOf(given));
    return open;
  }

  /** Undefined: nothing is served. */
  get url(): string | undefined {
    return this.#server?.url;
  }

  /** The token may have changed, also where its option has not. */
  async configure(given: Readonly<Record<string, unknown>>): Promise<void> {
    const config = ownOf(given);
    const token = await readToken(config);
    checkTogether(config, token);
    this.#token = token;
    this.#hosts = config.sip_admin_hosts ?? [];
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  async #listen({ sip_admin_listen: listen }: AdminOptions): Promise<void> {
    const place = placeOf(listen);
    if (place === undefined) return;
    try {
      this.#server = await DeskServer.listen({ desk: this.desk, version, fault: this.fault, access: { token: () => this.#token, hosts: () => this.#hosts } }, place);
    } catch (error) {
      throw new NksipError('listen_failed', { listen, reason: reasonOf(error) }, { cause: error });
    }
  }
}

/** The options of this plugin, of all of a service. */
function ownOf(given: Readonly<Record<string, unknown>>): AdminOptions {
  return options.parse(Object.fromEntries(Object.keys(options.shape).map((name) => [name, given[name]])));
}
