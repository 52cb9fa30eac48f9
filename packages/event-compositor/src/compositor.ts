import { addressOf, KeyedQueue, NksipError, Refused, replyToStoreFailure, whenReady, type MaybePromise, type NoPlace, type PluginService, type SipReply, type SipRequest } from '@nksip-ts/core';
import { aorKey, type Aor } from '@nksip-ts/sip';
import { ttlOf } from './publish/decide.js';
import type { EventCompositor, Restored } from './event-compositor.js';
import { Changes } from './changes.js';
import type { StateChange } from './feed.js';
import { BodyChecks, type BodyCheck } from './publish/body-check.js';
import { removeStored } from './publish/remove.js';
import { isSameTime } from './store/moments.js';
import type { CompositorConfig } from './options.js';
import { policyOf, type Policy } from './publish/policy.js';
import { PublishProcessor, type Change } from './publish/processor.js';
import { BLOCK } from '@nksip-ts/memory';
import { RamStore } from './ram/store.js';
import { addressBusy, serviceBusy, waitedTooLong } from './publish/overload-replies.js';
import { CallbackStore, type Which } from './store/callback-store.js';
import { startNotes } from './start-notes.js';
import { storeCallback, withoutVersion, type Publication, type RegPublish, type StoreCallback, type StoreFinding } from './store/contract.js';
import { deriveTag } from './publish/tag.js';
import { readRequest, type PublishRequest } from './publish/request.js';
import { STORE_CALLBACK } from './store/wrong-result.js';

type Host = Pick<PluginService<CompositorConfig>, 'id' | 'config' | 'events' | 'log' | 'fault' | 'memory' | 'call' | 'chain' | 'firstInChain'>;

const noPlace: Readonly<Record<NoPlace, SipReply>> = { waiting: addressBusy, underWay: serviceBusy, patience: waitedTooLong };

/** The event state compositor (RFC 3903) of one service. */
export class Compositor implements EventCompositor {
  /** The end of the chain of the store callback: RAM. */
  readonly builtInStore: StoreCallback;
  readonly #ram: RamStore;
  readonly #service: Host;
  readonly #store: CallbackStore;
  readonly #queue: KeyedQueue<PublishRequest | Removal, SipReply>;
  readonly #changes: Changes;
  readonly #checks = new BodyChecks();
  readonly #processor: PublishProcessor;
  /** Made once, not with each request. */
  readonly #refused = (fault: unknown): SipReply => this.#failed(fault);
  readonly #endAccount: () => void;
  #config: CompositorConfig | undefined;
  #policy: Policy | undefined;

  constructor(service: Host) {
    this.#service = service;
    this.#ram = new RamStore({ onExpired: (_, publication) => { this.#changes.expired(publication); } });
    this.builtInStore = storeCallback(this.#ram);
    this.#endAccount = service.memory.watch('publications', () => this.#ram.used(service.id));
    this.#store = new CallbackStore(service, () => service.config.sip_event_compositor_store_timeout, this.#ram, this.builtInStore, (aor) => { this.#changes.unknown(aor); });
    this.#changes = new Changes(service);
    this.#processor = new PublishProcessor({
      checks: this.#checks,
      store: this.#store,
      policy: () => this.policy,
      tagOf: ({ origin }) => deriveTag(origin, service.config.sip_event_compositor_secret),
      hasRoom: (aor, change) => this.#hasRoom(aor, change),
      mayPeek: () => this.#mayPeek,
      isLogged: () => service.log.isLevelEnabled('info'),
      done: (reason, request, newTag, record) => { this.#changes.done(reason, request, newTag, record); },
      gone: ({ reason, publication }) => { this.#changes.gone(reason, publication); },
    });
    this.#queue = new KeyedQueue({
      keyOf: ({ aor }) => aorKey(aor),
      perform: (job) => job instanceof Removal ? this.#remove(job) : this.#process(job),
      limits: () => this.policy.queue,
      refuse: (why) => noPlace[why],
    });
  }

  /** Out of the configuration of now; made anew only when that has changed. */
  get policy(): Policy {
    const { config } = this.#service;
    if (this.#policy === undefined || this.#config !== config) {
      this.#policy = policyOf(config, config.sip_events ?? []);
      this.#config = config;
    }
    return this.#policy;
  }

  /** The answer to a PUBLISH; at once if the store returns at once. Never throws. */
  publish(req: SipRequest): MaybePromise<SipReply> {
    if (!this.#letsGo) req.message.keep();
    const request = readRequest(req, this.policy);
    return request instanceof Refused ? request.reply : this.#queue.take(request);
  }

  /** Whether a PUBLISH is over when `publish` returns, and nobody else has anything of it then. */
  get #letsGo(): boolean {
    return this.#store.isDirect && this.#checks.letGo && this.#queue.isIdle;
  }

  /** Whether nobody is told what becomes of a publication that is there, or sees how it is read. */
  get #mayPeek(): boolean {
    return this.#store.isDirect && this.#changes.isNobodyTold;
  }

  async find(aor: string | Aor, tag: string): Promise<RegPublish | 'not_found'> {
    const canonical = addressOf(aor);
    if (typeof tag !== 'string') throw new NksipError('invalid_argument', { argument: 'tag', given: tag, reason: 'it must be a text' });
    const record = await this.#store.get(canonical, tag);
    return record === undefined ? 'not_found' : withoutVersion({ ...record, data: new Uint8Array(record.data) });
  }

  async clear(): Promise<'ok'> {
    await this.#store.delAll();
    this.#changes.cleared();
    return 'ok';
  }

  list(aor?: string | Aor, which: Which = 'live'): AsyncIterable<Publication> {
    return this.#store.list(aor === undefined ? undefined : addressOf(aor), which);
  }

  listNow(aor: Aor): readonly Publication[] | undefined {
    return this.#store.listNow(aor);
  }

  audit(which: 'own' | 'all'): AsyncIterable<StoreFinding> | undefined {
    return this.#store.audit(which);
  }

  usedBy(): string | undefined {
    return this.#store.usedBy();
  }

  async count(): Promise<number | 'unknown'> {
    return this.#store.tellCount();
  }

  async restore({ aor, tag, record }: Publication): Promise<Restored> {
    const canonical = addressOf(aor);
    const { grace } = this.policy;
    const ttl = ttlOf(Math.ceil(record.expires - Date.now() / 1000), grace);
    if (ttl <= 0) return 'over';
    const found = await this.#store.get(canonical, tag, grace);
    if (found !== undefined) return isSame(found, record) ? 'same' : 'different';
    await this.#store.put(canonical, tag, record, ttl);
    this.#changes.restored(canonical, tag, record);
    return 'stored';
  }

  async remove(aor: string | Aor, tag?: string): Promise<number> {
    const canonical = addressOf(aor);
    if (tag !== undefined && typeof tag !== 'string') throw new NksipError('invalid_argument', { argument: 'tag', given: tag, reason: 'it must be a text, or absent' });
    const removal = new Removal(canonical, tag);
    await this.#queue.take(removal);
    if (removal.removed === undefined) throw new NksipError('queue_full', { what: 'this address or service', limit: this.policy.queue.waiting });
    return removal.removed;
  }

  checkBody(check: BodyCheck): () => void {
    return this.#checks.add(check);
  }

  onChange(listener: (change: StateChange) => void, isWanted?: () => boolean): () => void {
    return this.#changes.feed.add(listener, isWanted);
  }

  /** Whether the store that is asked first is the built-in one. */
  get isInMemory(): boolean {
    return this.#service.firstInChain(STORE_CALLBACK) === this.builtInStore;
  }

  /** Whether the store that is asked first has versions. */
  get hasVersions(): boolean {
    return this.#store.versions === true;
  }

  /** Logs what the configuration probably does not mean. */
  start(): void {
    const { id, log, config } = this.#service;
    const traits = { owners: this.#service.chain(STORE_CALLBACK), ...this.#store.traits };
    for (const { level, option, message } of startNotes(id, config, traits)) log[level]({ option }, message);
  }

  async close(): Promise<void> {
    this.#store.close();
    this.#endAccount();
    await this.#ram.close();
  }

  /**
   * Only what is stored in RAM is held here. It takes one block more at most, unless it is larger, and then no more than its request
   * took from what is plenty: so most often nothing is to be worked out.
   */
  #hasRoom(aor: Aor, { oldTag, tag, record }: Change): boolean {
    const { id, memory } = this.#service;
    if (memory.hasPlenty(BLOCK)) return true;
    const growth = this.#ram.growth(id, aor, oldTag, tag, record);
    return growth <= 0 || memory.hasRoom(growth, 'new');
  }

  async #remove(removal: Removal): Promise<SipReply> {
    removal.removed = await removeStored(this.#store, removal.aor, removal.tag, (publication) => { this.#changes.gone('remove', publication); });
    return 'ok';
  }

  #process(request: PublishRequest): MaybePromise<SipReply> {
    try {
      return whenReady(this.#processor.process(request), same, this.#refused);
    } catch (fault) {
      return this.#failed(fault);
    }
  }

  #failed(fault: unknown): SipReply {
    if (fault === this.#store.stopped) return replyToStoreFailure(fault);
    this.#service.fault(fault, STORE_CALLBACK);
    return replyToStoreFailure(fault);
  }
}

/** Takes its turn among the requests for its address. */
class Removal {
  /** How many went; undefined: it got no turn. */
  removed: number | undefined = undefined;

  constructor(readonly aor: Aor, readonly tag: string | undefined) {}
}

function same(reply: SipReply): SipReply {
  return reply;
}

function isSame(one: RegPublish, other: RegPublish): boolean {
  return one.event === other.event && one.content_type === other.content_type && one.content_encoding === other.content_encoding && one.publisher === other.publisher
    && isSameTime(one.since, other.since) && isSameTime(one.expires, other.expires) && Buffer.compare(one.data, other.data) === 0;
}
