import { AggregatorRegistry } from 'prom-client';
import type { Desk, Orders, Readiness } from '../contract/desk.js';
import { DeskError } from '../contract/desk-error.js';
import type { Batch } from '../contract/feed.js';
import type {
  AddressQuery, AddressRow, AddressView, Page, PublicationQuery, PublicationView, Refusals, RegistrationQuery, RegistrationView, Reloaded, ServiceInfo, Usage, WatcherQuery, WatcherView,
} from '../contract/objects.js';
import { reloadBy } from '../contract/reload-by.js';
import type { Crew } from './crew.js';
import type { RemoteDesk } from './remote-desk.js';
import { mergedRefusals, sumOfUsages } from './sums.js';

interface Paged {
  readonly after?: string | undefined;
}

/** The desk of a service that runs in several processes: what is stored, any of them tells; what each does is added up. */
export class SummedDesk implements Desk {
  readonly #began = performance.now();
  #isDraining = false;

  /** `kept`: how many refusals. `setOwnLevel`: of what the first process logs itself. */
  constructor(private readonly crew: Crew, private readonly orders: Required<Orders>, private readonly kept: number, private readonly setOwnLevel: (level: string) => void) {}

  /** The service stops. */
  leave(): void {
    this.#isDraining = true;
  }

  async readiness(): Promise<Readiness> {
    if (this.#isDraining) return 'draining';
    const all = await Promise.all(this.crew.all.map((desk) => desk.ask('readiness')));
    return all.find((one) => one === 'ready') ?? all[0] ?? 'starting';
  }

  async service(): Promise<ServiceInfo> {
    const info = await this.crew.any.ask('service');
    return { ...info, pid: process.pid, uptime: Math.floor((performance.now() - this.#began) / 1000), workers: this.crew.all.map(({ id, pid }) => ({ id, pid })), draining: this.#isDraining };
  }

  async usage(): Promise<Usage> {
    return sumOfUsages(await this.#all((desk) => desk.ask('usage')));
  }

  async addresses(query: AddressQuery): Promise<Page<AddressRow>> {
    return await this.#page(query, (desk, own) => desk.ask('addresses', own));
  }

  async address(uri: string): Promise<AddressView> {
    return await this.crew.any.ask('address', uri);
  }

  async publications(query: PublicationQuery): Promise<Page<PublicationView>> {
    return await this.#page(query, (desk, own) => desk.ask('publications', own));
  }

  async watchers(query: WatcherQuery): Promise<Page<WatcherView>> {
    return await this.#page(query, (desk, own) => desk.ask('watchers', own));
  }

  async registrations(query: RegistrationQuery): Promise<Page<RegistrationView>> {
    return await this.#page(query, (desk, own) => desk.ask('registrations', own));
  }

  async refusals(): Promise<Refusals> {
    return mergedRefusals(await this.#all((desk) => desk.ask('refusals')), this.kept);
  }

  async removePublication(uri: string, event: string, tag: string): Promise<void> {
    await this.crew.any.ask('removePublication', uri, event, tag);
  }

  async removeAddress(uri: string): Promise<void> {
    await this.crew.any.ask('removeAddress', uri);
  }

  async endWatcher(id: string): Promise<void> {
    await this.crew.any.ask('endWatcher', id);
  }

  async decide(id: string, decision: 'allow' | 'deny'): Promise<void> {
    await this.crew.any.ask('decide', id, decision);
  }

  async drain(): Promise<void> {
    this.leave();
    this.orders.drain();
  }

  async reload(): Promise<Reloaded> {
    return await reloadBy(this.orders.reload);
  }

  async setLogLevel(level: string): Promise<void> {
    await this.#all((desk) => desk.ask('setLogLevel', level));
    this.setOwnLevel(level);
  }

  async metrics(): Promise<string> {
    return await AggregatorRegistry.aggregate(await this.#all((desk) => desk.ask('metricsData'))).metrics();
  }

  follow(told: (batch: Batch) => void): () => void {
    return this.crew.follow(told);
  }

  async #all<T>(ask: (desk: RemoteDesk) => Promise<T>): Promise<T[]> {
    void this.crew.any;
    return await Promise.all(this.crew.all.map(ask));
  }

  /** The worker that listed the page before has the next one: its number stands before the cursor. */
  async #page<Q extends Paged, T>(query: Q, ask: (desk: RemoteDesk, query: Q) => Promise<Page<T>>): Promise<Page<T>> {
    const [, id, after] = /^(\d{1,9})-(.+)$/.exec(query.after ?? '') ?? [];
    if (query.after !== undefined && after === undefined) throw new DeskError('cursor_expired', 'This listing has ended: begin again, without after.');
    const desk = id === undefined ? this.crew.any : this.crew.withId(Number(id));
    const { items, next } = await ask(desk, after === undefined ? query : { ...query, after });
    return { items, next: next === null ? null : `${desk.id}-${next}` };
  }
}
