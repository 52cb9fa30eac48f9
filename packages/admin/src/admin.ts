import { NksipError, reasonOf } from '@nksip-ts/core';
import type { Admin } from './api.js';
import type { Desk, Orders } from './contract/desk.js';
import type { Host } from './desk/host.js';
import { LocalDesk, version } from './desk/local-desk.js';
import { placeOf } from './http/place.js';
import { DeskServer } from './http/server.js';
import { checkTogether } from './options.js';
import { readToken } from './token.js';

/** The admin plugin of one service: its desk, and the server in front of it. */
export class ServiceAdmin implements Admin {
  readonly #host: Host;
  readonly #desk: LocalDesk;
  #server: DeskServer | undefined;
  #token: string | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#desk = new LocalDesk(host);
  }

  get desk(): Desk {
    return this.#desk;
  }

  obey(orders: Orders): void {
    this.#desk.orders = orders;
  }

  get url(): string | undefined {
    return this.#server?.url;
  }

  /** Rejects with `invalid_option`, or `listen_failed` as the transports do. */
  async start(): Promise<void> {
    await this.readToken(this.#host.config);
    this.#desk.start();
    const { sip_admin_listen: listen } = this.#host.config;
    const place = placeOf(listen);
    if (place === undefined) return;
    try {
      this.#server = await DeskServer.listen({
        desk: this.#desk, version, fault: (error) => { this.#host.fault(error); },
        access: { token: () => this.#token, hosts: () => this.#host.config.sip_admin_hosts ?? [] },
      }, place);
    } catch (error) {
      throw new NksipError('listen_failed', { listen, reason: reasonOf(error) }, { cause: error });
    }
    this.#host.log.info({}, `The page and the API are at ${this.#server.url}`);
  }

  /** The token may have changed, also where its option has not. */
  async readToken(config: Host['config']): Promise<void> {
    const token = await readToken(config);
    checkTogether(config, token);
    this.#token = token;
  }

  leave(): void {
    this.#desk.leave();
  }

  async stop(): Promise<void> {
    await this.#server?.close();
    this.#desk.close();
  }
}
