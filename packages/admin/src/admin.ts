import type { Admin } from './api.js';
import type { Orders } from './contract/desk.js';
import type { WorkerDesk } from './contract/worker-desk.js';
import type { Host } from './desk/host.js';
import { LocalDesk } from './desk/local-desk.js';
import { OpenDesk } from './open-desk.js';

/** The admin plugin of one service: its desk, and the server in front of it. */
export class ServiceAdmin implements Admin {
  readonly #host: Host;
  readonly #desk: LocalDesk;
  #open: OpenDesk | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.#desk = new LocalDesk(host);
  }

  get desk(): WorkerDesk {
    return this.#desk;
  }

  obey(orders: Orders): void {
    this.#desk.orders = orders;
  }

  get url(): string | undefined {
    return this.#open?.url;
  }

  async start(): Promise<void> {
    this.#open = await OpenDesk.open(this.#desk, this.#host.config, (error) => { this.#host.fault(error); });
    this.#desk.start();
  }

  async configure(config: Host['config']): Promise<void> {
    await this.#open?.configure(config);
  }

  leave(): void {
    this.#desk.leave();
  }

  async stop(): Promise<void> {
    await this.#open?.close();
    this.#desk.close();
  }
}
