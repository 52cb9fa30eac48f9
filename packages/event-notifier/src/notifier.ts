import { addressOf, isTerminationReason, letsGo, NksipError, printable, terminationReasons, type DialogUpdate, type LiveSubscription, type MaybePromise, type PluginService, type SipReply, type SipRequest, type Subscription, type TerminationReason } from '@nksip-ts/core';
import type { Registrar } from '@nksip-ts/registrar';
import type { EventCompositor, PublishedBody, StateChange } from '@nksip-ts/event-compositor';
import { Header, parseEvent, type Aor } from '@nksip-ts/sip';
import { askAuthorize } from './callbacks.js';
import type { EventNotifier, NotifierCounts, WatcherFilter } from './event-notifier.js';
import { HardStateSource } from './hard-state-source.js';
import type { NotifierConfig } from './options.js';
import { checkedReason } from './package/checked.js';
import type { EventPackage, StateDocument } from './package/event-package.js';
import { regPackage } from './package/reg.js';
import { policyOf, type Policy } from './subscribe/policy.js';
import { SubscribeProcessor } from './subscribe/processor.js';
import { viewOf, type Watched, type WatcherRecord } from './watcher/record.js';
import { decisions, type Watcher, type WatcherDecision } from './watcher/watcher.js';
import { Watchers } from './watchers.js';

/** What the notifier needs of its service. */
export type Host = Pick<PluginService<NotifierConfig>, 'id' | 'config' | 'events' | 'log' | 'fault' | 'memory' | 'call' | 'notify' | 'subscriptions'>;

/** Characters of a reason phrase. */
const LONGEST_REASON = 200;

/** RFC 3261 20.19: 2**32 - 1. More core would not send, and the watcher would hear of no end. */
const MOST_SECONDS = 4_294_967_295;

/** The notifier (RFC 6665) of one service. */
export class Notifier implements EventNotifier {
  readonly #service: Host;
  readonly #compositor: Pick<EventCompositor, 'list' | 'listNow'>;
  readonly #hardState: HardStateSource;
  readonly #watchers: Watchers;
  readonly #processor: SubscribeProcessor;
  readonly #endAccount: () => void;
  #stopFollowing = (): void => undefined;
  #config: NotifierConfig | undefined;
  #policy: Policy | undefined;

  /** `registrar`: that of the service, if it has one now. */
  constructor(service: Host, compositor: Pick<EventCompositor, 'list' | 'listNow'>, registrar: () => Pick<Registrar, 'find'> | undefined = () => undefined) {
    this.#service = service;
    this.#hardState = new HardStateSource({ service, registrar, packageOf: (event) => this.policy.packages.get(event) });
    this.#compositor = compositor;
    const watchers = this.#watchers = new Watchers({
      service,
      policy: () => this.policy,
      list: (aor) => this.#compositor.list(aor),
      listNow: (aor) => this.#compositor.listNow(aor),
      hardState: (aor, event) => this.#hardState.ask(aor, event),
    });
    this.#endAccount = service.memory.watch('watchers', () => watchers.bytes);
    this.#processor = new SubscribeProcessor({
      table: watchers.table,
      policy: () => this.policy,
      subscriptionOf: (req) => subscriptionOf(service, req),
      get isLeaving() { return watchers.isLeaving; },
      get defaultDecision() { return service.config.sip_event_notifier_default_decision; },
      authorize: (watcher, req) => askAuthorize(service, watcher, req),
      hasRoom: (bytes) => service.memory.hasRoom(bytes, 'new'),
      document: (watched, type) => watchers.composer.need(watched, type),
      neutral: (watched, type) => watchers.neutral(watched, type),
      mayBeSent: ({ document }) => watchers.large.hasRoom(document?.data.length ?? 0),
      accepted: (record) => { watchers.accepted(record); },
      dropped: (record) => { watchers.dropped(record); },
      refreshed: (record) => { watchers.refreshed(record); },
      ended: (record, composed) => { watchers.end(record, ['terminated', 'timeout'], composed); },
      fetched: (record, composed) => { watchers.last(record, ['terminated', 'timeout'], composed); },
    });
  }

  /** Made from the current configuration, and again only when that has changed. */
  get policy(): Policy {
    const { config } = this.#service;
    if (this.#policy !== undefined && this.#config === config) return this.#policy;
    this.#policy = policyOf(config, config.sip_events ?? []);
    this.#config = config;
    this.#follow(this.#policy);
    return this.#policy;
  }

  subscribe(req: SipRequest): MaybePromise<SipReply> {
    const record = this.#recordOf(req);
    return record === undefined ? this.#processor.initial(req) : this.#processor.again(req, record);
  }

  /** Whether this notifier serves the event package of a SUBSCRIBE. */
  serves({ message }: SipRequest): boolean {
    return this.policy.packages.has(parseEvent(message.first(Header.Event) ?? '')?.package ?? '');
  }

  /** Whether a request belongs to a subscription that was made here. */
  knows(req: SipRequest): boolean {
    return this.#recordOf(req) !== undefined;
  }

  told(update: DialogUpdate, subscription: Subscription): void {
    this.#watchers.told(update, subscription);
  }

  *watchers(filter: WatcherFilter = {}): Iterable<Watcher> {
    for (const { watchers } of this.#meant(filter)) for (const record of [...watchers]) yield viewOf(record);
  }

  count(filter: WatcherFilter = {}): number {
    let many = 0;
    for (const { watchers } of this.#meant(filter)) many += watchers.length;
    return many;
  }

  get counts(): NotifierCounts {
    return { watchers: this.#watchers.table.size, ...this.#watchers.counts };
  }

  async stateOf(aor: string | Aor, event: string): Promise<StateDocument> {
    const pack = this.#packageOf(event);
    const [type] = pack.types;
    const { document } = await this.#watchers.composer.need(this.#watchers.table.watchedFor(addressOf(aor), pack), type);
    if (document === undefined) throw new NksipError('internal', { reason: 'a document was given up while it was made' });
    return pack.finish?.(document, { version: 0, type, accept: [] }) ?? document;
  }

  changed(aor: string | Aor, event: string): void {
    const address = addressOf(aor);
    this.#packageOf(event);
    this.#hardState.forget(address, event);
    this.#watchers.changed(this.#watchers.table.watchedOf(address, event));
  }

  decide(watcher: string, decision: WatcherDecision): 'ok' | 'not_found' {
    if (!decisions.includes(decision)) throw new NksipError('invalid_argument', { argument: 'decision', given: decision, reason: `it must be one of ${decisions.join(', ')}` });
    const record = this.#watchers.table.get(watcher);
    if (record === undefined) return 'not_found';
    this.#watchers.decide(record, decision);
    return 'ok';
  }

  async refresh(aor: string | Aor, event?: string): Promise<'ok'> {
    const meant = [...this.#meant(event === undefined ? { aor } : { aor, event })];
    for (const record of meant.flatMap(({ watchers }) => [...watchers])) {
      const decision = await askAuthorize(this.#service, viewOf(record), undefined);
      if (record.phase !== 'ended') this.#watchers.decide(record, decision);
    }
    return 'ok';
  }

  terminate(watcher: string, reason: TerminationReason = 'deactivated', retryAfter?: number): 'ok' | 'not_found' {
    checkEnd(reason, retryAfter);
    const record = this.#watchers.table.get(watcher);
    if (record === undefined) return 'not_found';
    this.#watchers.end(record, retryAfter === undefined ? ['terminated', reason] : ['terminated', reason, retryAfter]);
    return 'ok';
  }

  /** The compositor has carried out a change. If nobody watches, which is usual, this is one comparison. */
  onChange(change: StateChange): void {
    const { table, composer } = this.#watchers;
    if (table.isEmpty) return;
    if (change.reason === 'clear') return this.#composeAll();
    if (change.reason === 'unknown') return this.#composeAgain(change.aor);
    const watched = table.watchedOf(change.aor, change.record.event);
    if (watched === undefined) return;
    // A refresh changes no state, but the publication may end sooner.
    if (change.reason === 'refresh') composer.endsAt(watched, change.record.expires);
    else composer.changed(watched);
  }

  /** The configuration is another one: watchers need not wait for the next request to see what it makes of their documents. */
  updated(): void {
    void this.policy;
  }

  /** The registrar has other contacts for this address; undefined: for any. */
  onRegistration(aor: Aor | undefined): void {
    if (this.#watchers.table.isEmpty) return;
    if (aor === undefined) this.#composeAll();
    else this.#watchers.changed(this.#watchers.table.watchedOf(aor, regPackage.name));
  }

  /** Why a body cannot be published; undefined: it can. The reason is sent, and may contain what a stranger wrote. */
  checkBody({ aor, event, data, content_type }: PublishedBody): string | undefined {
    if (!this.#service.config.sip_event_notifier_validate) return undefined;
    const pack = this.policy.packages.get(event);
    if (pack?.validate === undefined) return undefined;
    const reason = checkedReason(pack.validate(content_type === undefined ? { aor, data } : { aor, data, content_type }), pack);
    return reason === undefined ? undefined : printable(`Malformed Body: ${reason}`).slice(0, LONGEST_REASON);
  }

  /** Listens to changes, and checks published bodies, from now on. */
  follow(compositor: Pick<EventCompositor, 'onChange' | 'checkBody'>): void {
    const ends = [compositor.onChange((change) => { this.onChange(change); }, () => !this.#watchers.table.isEmpty), compositor.checkBody(letsGo((body: PublishedBody) => this.checkBody(body)))];
    this.#stopFollowing = () => { for (const end of ends) end(); };
  }

  async goodbye(how: 'drain' | 'stop'): Promise<void> {
    await this.#watchers.goodbye(how);
  }

  close(): void {
    this.#stopFollowing();
    this.#watchers.close();
    this.#endAccount();
  }

  /** One address and package is looked up, without looking at all. */
  *#meant({ aor, event }: WatcherFilter): Iterable<Watched> {
    const { table } = this.#watchers;
    if (aor === undefined) {
      for (const watched of table.allWatched()) if (event === undefined || watched.pack.name === event) yield watched;
      return;
    }
    const address = addressOf(aor);
    for (const name of event === undefined ? this.policy.packages.keys() : [event]) {
      const watched = table.watchedOf(address, name);
      if (watched !== undefined) yield watched;
    }
  }

  /** A request without a To tag may belong to a subscription, too: a client that has lost the response to its first SUBSCRIBE sends that again. */
  #recordOf(req: SipRequest): WatcherRecord | undefined {
    return this.#watchers.table.get(this.#service.subscriptions.handleOf(req));
  }

  #packageOf(event: string): EventPackage {
    const pack = this.policy.packages.get(event);
    if (pack === undefined) throw new NksipError('invalid_argument', { argument: 'event', given: event, reason: 'it is not in sip_events of the service' });
    return pack;
  }

  /** An update of the service may have changed the packages. */
  #follow({ packages }: Policy): void {
    for (const watched of this.#watchers.table.allWatched()) watched.pack = packages.get(watched.pack.name) ?? watched.pack;
    this.#composeAll();
  }

  /** All that is watched of an address; undefined: of any. */
  #composeAgain(aor: Aor | undefined): void {
    if (aor === undefined) return this.#composeAll();
    for (const watched of this.#meant({ aor })) this.#watchers.changed(watched);
  }

  #composeAll(): void {
    for (const watched of this.#watchers.table.allWatched()) this.#watchers.composer.changed(watched);
  }
}

/** Core has begun it: a response that was lost meanwhile is none of ours. */
function subscriptionOf({ subscriptions }: Host, req: SipRequest): LiveSubscription {
  const handle = subscriptions.handleOf(req);
  const subscription = subscriptions.live(handle);
  if (subscription === undefined) throw new NksipError('subscription_not_found', { subscription: handle });
  return subscription;
}

function checkEnd(reason: TerminationReason, retryAfter: number | undefined): void {
  if (!isTerminationReason(reason)) throw new NksipError('invalid_argument', { argument: 'reason', given: reason, reason: `it must be one of ${terminationReasons.join(', ')}` });
  if (retryAfter === undefined) return;
  // RFC 6665 4.1.3: the other reasons imply when to subscribe again.
  if (reason !== 'probation' && reason !== 'giveup') throw new NksipError('invalid_argument', { argument: 'retryAfter', given: retryAfter, reason: "it is only for 'probation' and 'giveup'" });
  if (!Number.isInteger(retryAfter) || retryAfter < 0 || retryAfter > MOST_SECONDS) throw new NksipError('invalid_argument', { argument: 'retryAfter', given: retryAfter, reason: `it must be whole seconds, ${MOST_SECONDS} at most` });
}
