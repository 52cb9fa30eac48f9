import { randomBytes } from 'node:crypto';
import { NksipError, whenReady, type PluginService, type Published, type Registered } from '@nksip-ts/core';
import type { UacAuto } from './api.js';
import { Collection, outcomeOf, viewOf, type Entry } from './collection.js';
import { checkBody, checkId, checkPublish, checkRegister } from './arguments.js';
import type { Result } from './keep/judge.js';
import type { KeeperParts } from './keep/keeper.js';
import { Slots } from './keep/slots.js';
import type { Work } from './keep/work.js';
import type { KeptPublication, KeptRegistration, PublicationUpdate, RegistrationUpdate } from './kept.js';
import type { UacAutoOptions } from './options.js';
import { Publication, type StartPublishOptions } from './publication.js';
import { Registration, type StartRegisterOptions } from './registration.js';

export const REGISTER_UPDATED = 'sip_uac_auto_register_updated_register';
export const PUBLISH_UPDATED = 'sip_uac_auto_publish_updated_publish';

type Config = UacAutoOptions & { readonly sip_drain_timeout?: number | undefined };
type Host = Pick<PluginService<Config>, 'id' | 'config' | 'log' | 'fault' | 'call' | 'register' | 'publish' | 'events'>;

/** Seconds that plugin_drain may take where the service stops at once; core waits for one. */
const stopPatience = 0.9;

/** Milliseconds from an update of where the service listens until it is known elsewhere: the listeners change first. */
const settling = 1000;

/** What one service keeps alive at others. */
export class ServiceUacAuto implements UacAuto {
  readonly #service: Host;
  readonly #registrations: Collection<Registration, Registered>;
  readonly #publications: Collection<Publication, Published>;
  #isLeaving = false;

  constructor(service: Host, { clock = () => performance.now(), random = Math.random }: Partial<Pick<KeeperParts, 'clock' | 'random'>> = {}) {
    this.#service = service;
    const parts: KeeperParts = {
      slots: new Slots(() => service.config.sip_uac_auto_max_under_way),
      areMany: () => this.#size > service.config.sip_uac_auto_max_under_way,
      limits: () => ({ first: service.config.sip_uac_auto_retry_time, longest: service.config.sip_uac_auto_max_retry_time }),
      clock, random,
    };
    this.#registrations = new Collection(parts, this.#watching('registration', REGISTER_UPDATED, (entry, result) => {
      if (service.events.listenerCount('uac_auto:registration') > 0) service.events.emit('uac_auto:registration', this.#registrationUpdate(entry, result));
    }));
    this.#publications = new Collection(parts, this.#watching('publication', PUBLISH_UPDATED, (entry, result) => {
      if (service.events.listenerCount('uac_auto:publication') > 0) service.events.emit('uac_auto:publication', this.#publicationUpdate(entry, result));
    }));
  }

  async startRegister(id: string, uri: string, options: StartRegisterOptions = {}): Promise<RegistrationUpdate> {
    checkId(id);
    checkRegister(options);
    this.#makeRoom();
    const entry = this.#registrations.add(id, new Registration(uri, { ...options }, this.#service, newCallId()));
    const result = await entry.keeper.ask();
    return this.#registrationUpdate(entry, result);
  }

  async stopRegister(id: string): Promise<RegistrationUpdate | 'not_found'> {
    const entry = this.#registrations.get(id);
    return entry === undefined ? 'not_found' : this.#registrationUpdate(entry, await this.#registrations.stop(entry));
  }

  registrations(): readonly KeptRegistration[] {
    return this.#registrations.all.map(viewOf);
  }

  async startPublish(id: string, uri: string, options: StartPublishOptions): Promise<PublicationUpdate> {
    checkId(id);
    checkPublish(options);
    this.#makeRoom();
    const entry = this.#publications.add(id, new Publication(uri, { ...options }, this.#service, newCallId()));
    const result = await entry.keeper.ask();
    return this.#publicationUpdate(entry, result);
  }

  async changePublish(id: string, body: string | Uint8Array): Promise<PublicationUpdate | 'not_found'> {
    checkBody(body);
    const entry = this.#publications.get(id);
    if (entry === undefined) return 'not_found';
    entry.work.body = body;
    return this.#publicationUpdate(entry, await entry.keeper.ask());
  }

  async stopPublish(id: string): Promise<PublicationUpdate | 'not_found'> {
    const entry = this.#publications.get(id);
    return entry === undefined ? 'not_found' : this.#publicationUpdate(entry, await this.#publications.stop(entry));
  }

  publications(): readonly KeptPublication[] {
    return this.#publications.all.map(publicationView);
  }

  refresh(): void {
    this.#refreshIn(0);
  }

  /** The service listens elsewhere soon. */
  moves(): void {
    this.#refreshIn(settling);
  }

  /** Removes everything from its servers, as far as there is time. */
  async goodbye(how: 'drain' | 'stop'): Promise<void> {
    this.#isLeaving = true;
    const seconds = how === 'stop' ? stopPatience : Math.max(stopPatience, 0.9 * (this.#service.config.sip_drain_timeout ?? 0));
    const stops = [
      ...this.#registrations.all.map((entry) => this.#registrations.stop(entry, seconds)),
      ...this.#publications.all.map((entry) => this.#publications.stop(entry, seconds)),
    ];
    await within(seconds, Promise.allSettled(stops));
    const left = this.#size;
    if (left > 0) this.#service.log.warn({ left }, `${left} registrations or publications could not be removed in time; they expire at their servers.`);
  }

  close(): void {
    this.#isLeaving = true;
    this.#registrations.close();
    this.#publications.close();
  }

  get #size(): number {
    return this.#registrations.size + this.#publications.size;
  }

  /** Throws `queue_full`, or `service_not_found` for a service that is about to stop. */
  #makeRoom(): void {
    const limit = this.#service.config.sip_uac_auto_max_kept;
    if (this.#isLeaving) throw new NksipError('service_not_found', { service: this.#service.id });
    if (this.#size >= limit) throw new NksipError('queue_full', { what: 'their next refresh', limit });
  }

  #refreshIn(delay: number): void {
    for (const { keeper } of [...this.#registrations.all, ...this.#publications.all]) keeper.refresh(delay);
  }

  #watching<W extends Work<R>, R extends Result>(what: string, callback: string, emit: (entry: Entry<W, R>, result: R | undefined) => void) {
    return {
      updated: (entry: Entry<W, R>, result: R | undefined): void => {
        this.#report(what, entry, result);
        emit(entry, result);
      },
      turned: (entry: Entry<W, R>, ok: boolean): void => { this.#ask(callback, [entry.id, ok, this.#service.id]); },
      failed: (error: unknown): void => {
        if (!(error instanceof NksipError && error.code === 'service_not_found')) this.#service.fault(error);
      },
    };
  }

  /** Once for a row of failures. */
  #report<R extends Result>(what: string, { id, work, keeper, refusal }: Entry<Work<R>, R>, result: R | undefined): void {
    if (result === undefined || result.ok || this.#isLeaving) return;
    const { log } = this.#service;
    if (refusal !== undefined) log.warn({ id, code: result.code }, `The ${what} '${id}' at ${work.uri} is given up: ${outcomeOf(result)}.`);
    else if (keeper.isFirstFailure) log.warn({ id, code: result.code }, `The ${what} '${id}' at ${work.uri} was not accepted: ${outcomeOf(result)}. It is tried again in ${keeper.secondsToNext ?? 0} seconds.`);
  }

  #ask(callback: string, args: readonly unknown[]): void {
    const failed = (error: unknown): void => { this.#service.fault(error, callback); };
    try {
      void whenReady(this.#service.call(callback, args), () => undefined, failed);
    } catch (error) {
      failed(error);
    }
  }

  #registrationUpdate(entry: Entry<Registration, Registered>, result: Registered | undefined): RegistrationUpdate {
    return { service: this.#service.id, ...viewOf(entry), ...told(entry, result) };
  }

  #publicationUpdate(entry: Entry<Publication, Published>, result: Published | undefined): PublicationUpdate {
    return { service: this.#service.id, ...publicationView(entry), ...told(entry, result) };
  }
}

function told<R>({ refusal }: { readonly refusal: NksipError | undefined }, result: R | undefined): { readonly result?: R; readonly error?: NksipError } {
  return { ...(result !== undefined && { result }), ...(refusal !== undefined && { error: refusal }) };
}

function publicationView(entry: Entry<Publication, Published>): KeptPublication {
  const { tag } = entry.work;
  return { ...viewOf(entry), ...(tag !== undefined && entry.keeper.state !== 'ended' && { sip_etag: tag }) };
}

function newCallId(): string {
  return randomBytes(16).toString('hex');
}

async function within(seconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([work, new Promise((resolve) => { timer = setTimeout(resolve, 1000 * seconds); })]);
  } finally {
    clearTimeout(timer);
  }
}
