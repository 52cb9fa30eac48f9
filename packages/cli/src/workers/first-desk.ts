import type { Crew, OpenDesk, Orders, SummedDesk } from '@nksip-ts/admin';
import { reasonOf } from '@nksip-ts/core';
import { isLogLevel, type Invocation } from '../config/invocation.js';
import { placed } from '../command-line/option-place.js';
import { wantsDesk } from '../process/desk.js';

/** The operator's desk of a service that runs in several processes: the first one serves it. */
export class FirstDesk {
  #orders: Orders = {};

  private constructor(readonly crew: Crew, private readonly desk: SummedDesk, private readonly served: OpenDesk) {}

  /** Undefined: nobody wants one. Rejects as a service with the plugin does. */
  static async open({ options, places, log }: Invocation): Promise<FirstDesk | undefined> {
    if (!wantsDesk(options)) return undefined;
    // Only here: it brings an HTTP server with it.
    const { Crew, OpenDesk, SummedDesk } = await import('@nksip-ts/admin');
    const crew = new Crew();
    const orders: Required<Orders> = { reload: async () => await first.#reload(), drain: () => first.#orders.drain?.() };
    const desk = new SummedDesk(crew, orders, Number(options['sip_admin_refusals'] ?? 200), (level) => { if (isLogLevel(level)) log.setLevel?.(level); });
    const fault = (error: unknown): void => { log.error({ err: error }, `The desk failed: ${reasonOf(error)}`); };
    const first: FirstDesk = new FirstDesk(crew, desk, await placed(places, OpenDesk.open(desk, options, fault)));
    return first;
  }

  get url(): string | undefined {
    return this.served.url;
  }

  obey(orders: Orders): void {
    this.#orders = orders;
  }

  /** The token may have changed. */
  async configure(options: Invocation['options']): Promise<void> {
    await this.served.configure(options);
  }

  leave(): void {
    this.desk.leave();
  }

  async close(): Promise<void> {
    await this.served.close();
  }

  async #reload(): Promise<Awaited<ReturnType<NonNullable<Orders['reload']>>>> {
    return await this.#orders.reload?.() ?? { changed: [], needs_restart: [] };
  }
}
