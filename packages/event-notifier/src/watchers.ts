import type { DialogUpdate, MaybePromise, PluginService, Subscription } from '@nksip-ts/core';
import { STATE_PATIENCE } from './callbacks.js';
import { tell, tellEnd, tellFailed, type WatcherEnd } from './events.js';
import { contentOf, finished } from './notify/finished.js';
import { Goodbye, type LastState } from './notify/goodbye.js';
import { isGone } from './notify/is-gone.js';
import { LargeDocuments } from './notify/large-documents.js';
import { Outbox } from './notify/outbox.js';
import type { NotifierConfig } from './options.js';
import { checked } from './package/checked.js';
import type { StateDocument } from './package/event-package.js';
import { Composer, marked } from './state/composer.js';
import type { StateSources } from './state/read-state.js';
import type { Policy } from './subscribe/policy.js';
import type { Composed, Watched, WatcherRecord } from './watcher/record.js';
import { WatcherTable } from './watcher/table.js';
import type { WatcherDecision } from './watcher/watcher.js';

/** Watchers of one address that are woken in one turn of the event loop. */
const STRETCH = 500;

/** What the watchers need of the notifier. */
export interface WatchersParts extends StateSources {
  readonly service: Pick<PluginService<NotifierConfig>, 'config' | 'events' | 'log' | 'fault' | 'memory' | 'notify' | 'subscriptions'>;
  policy(): Policy;
}

/** The watchers of one service, from their 200 to their last NOTIFY: what becomes of each, and who is told. */
export class Watchers {
  readonly table: WatcherTable;
  readonly composer: Composer;
  /** Since the start: NOTIFYs that were sent, that were not accepted, and changes that made none, since the watcher has the same already or a newer one is to be sent. */
  readonly counts = { sent: 0, failed: 0, suppressed: 0 };
  readonly #outbox: Outbox;
  readonly #parts: WatchersParts;
  #isClosed = false;
  readonly large: LargeDocuments;
  /** The goodbye has begun. */
  isLeaving = false;

  constructor(parts: WatchersParts) {
    this.#parts = parts;
    const { service } = parts;
    this.table = new WatcherTable((handle) => service.subscriptions.live(handle));
    const large = this.large = new LargeDocuments(() => service.memory.usage().limit);
    this.composer = new Composer({
      list: (aor) => parts.list(aor), listNow: (aor) => parts.listNow(aor), hardState: (aor, event) => parts.hardState(aor, event),
      composed: (watched) => { this.#composed(watched); },
      fault: (error) => { service.fault(error); },
      // The callback for hard state has a timeout of its own.
      patience: () => service.config.sip_event_compositor_store_timeout + STATE_PATIENCE,
    });
    this.#outbox = new Outbox({
      send: ({ subscription }, job) => {
        this.counts.sent++;
        service.subscriptions.send(subscription, job);
      },
      markOf: (record) => this.#known(record)?.mark,
      documentOf: (record) => this.#document(record),
      interval: ({ watched: { pack } }) => 1000 * (service.config.sip_event_notifier_min_interval ?? pack.minInterval),
      get onTimeout() { return service.config.sip_event_notifier_on_timeout; },
      large,
      notified: (record) => { tell(service.events, 'event_notifier:notified', record); },
      failed: (record, failed, pause) => { this.#failed(record, failed?.code ?? 503, pause); },
      lost: (record) => { this.#drop(record, 'timeout'); },
      gone: (record) => { this.#remove(record, 'forced'); },
      fault: (error) => { service.fault(error); },
    });
  }

  /** Bytes, about. */
  get bytes(): number {
    return this.table.bytes + this.composer.bytes;
  }

  /** The 200 has been sent. If there are too many of the same watcher, the oldest ends; that watcher is notified only if it still answers. */
  accepted(record: WatcherRecord): void {
    if (record.phase !== 'held') return;
    record.phase = 'idle';
    record.isOwed = true;
    for (const old of this.table.alikeBeyond(this.#parts.policy().maxPerWatcher, record)) this.#giveUp(old);
    tell(this.#parts.service.events, 'event_notifier:start', record);
    if (record.decision === 'confirm') tell(this.#parts.service.events, 'event_notifier:pending', record);
    this.#outbox.wake(record);
  }

  /** The 200 was not sent: it never became a watcher. */
  dropped(record: WatcherRecord): void {
    if (record.phase !== 'ended') this.#takeOut(record);
  }

  refreshed(record: WatcherRecord): void {
    if (record.phase === 'held') record.phase = 'idle';
    record.isOwed = true;
    record.trouble = undefined;
    tell(this.#parts.service.events, 'event_notifier:refresh', record);
    this.#see(record);
  }

  /** From now on it may see more, or less. */
  decide(record: WatcherRecord, decision: WatcherDecision): void {
    if (record.decision === decision) return;
    if (decision === 'block') return this.end(record, ['terminated', 'rejected']);
    record.decision = decision;
    record.trouble = undefined;
    record.pacedUntil = 0;
    if (decision === 'confirm') tell(this.#parts.service.events, 'event_notifier:pending', record);
    this.#see(record);
  }

  /** The last NOTIFY, with the newest document if it is at hand; a rejected watcher gets none. */
  end(record: WatcherRecord, state: LastState, composed: Composed | undefined = state[1] === 'rejected' ? undefined : this.#known(record)): void {
    if (record.phase === 'ended') return;
    this.#remove(record, state[1]);
    this.last(record, state, composed);
  }

  /** Sends it without waiting for the response; a large document only if there is room for it. */
  last(record: WatcherRecord, state: LastState, composed: Composed | undefined): void {
    const bytes = composed?.document?.data.length ?? 0;
    const hasRoom = this.large.take(bytes);
    this.#tellLast(record, state, hasRoom ? composed?.document : undefined)
      .catch((error: unknown) => { if (!isGone(error)) this.#parts.service.fault(error); })
      .finally(() => { if (hasRoom) this.large.give(bytes); });
  }

  async #tellLast(record: WatcherRecord, state: LastState, document: StateDocument | undefined): Promise<void> {
    this.counts.sent++;
    await this.#parts.service.notify(record.handle, { subscription_state: state, ...contentOf(document === undefined ? undefined : this.#finished(record, document)) });
  }

  /** Undefined: the package throws, which is reported. That its subscription is over a watcher is told all the same. */
  #finished(record: WatcherRecord, document: StateDocument): StateDocument | undefined {
    try {
      return finished(record, document);
    } catch (error) {
      this.#parts.service.fault(error);
      return undefined;
    }
  }

  /** Core says how a subscription changed. If it has expired, the last NOTIFY must be sent now, else core sends one without a body. */
  told(update: DialogUpdate, { handle }: Subscription): void {
    const reason = endOf(update);
    if (reason === undefined) return;
    const record = this.table.get(handle);
    if (record === undefined) return;
    const composed = this.#known(record);
    this.#remove(record, reason);
    if (reason === 'timeout') this.last(record, ['terminated', 'timeout'], composed);
  }

  /** A publication was made, changed or removed. */
  changed(watched: Watched | undefined): void {
    if (watched !== undefined) this.composer.changed(watched);
  }

  /** Undefined: the package throws, which is reported. */
  neutral({ aor, pack }: Watched, type: string): Composed | undefined {
    try {
      return marked(checked(pack.neutral(aor, type), pack, 'neutral'), type);
    } catch (error) {
      this.#parts.service.fault(error);
      return undefined;
    }
  }

  /** Notifies all of them that the service ends. */
  async goodbye(how: 'drain' | 'stop'): Promise<void> {
    const { service } = this.#parts;
    this.isLeaving = true;
    const all = [...this.table.all()];
    const retryAfter = service.config.sip_event_notifier_drain_retry_after;
    const state: LastState = retryAfter === undefined ? ['terminated', 'deactivated'] : ['terminated', 'probation', retryAfter];
    const saying = new Goodbye((handle, options) => service.notify(handle, options), how).say(all, state);
    for (const record of all) this.#remove(record, state[1]);
    await saying;
  }

  close(): void {
    this.#isClosed = true;
    this.composer.close();
    this.#outbox.close();
  }

  /** The watchers before `end` have not been woken yet. Stretch by stretch from the last one down: where one goes, the last one of all takes its place. */
  #composed(watched: Watched, end = watched.watchers.length): void {
    const start = Math.max(0, end - STRETCH);
    for (const record of watched.watchers.slice(start, end)) this.#changed(record);
    if (start > 0) setImmediate(() => { if (!this.#isClosed) this.#composed(watched, start); });
  }

  #changed(record: WatcherRecord): void {
    if (record.decision !== 'allow') return;
    if (record.due !== 0 || (record.has !== '' && record.has === this.#known(record)?.mark)) this.counts.suppressed++;
    this.#outbox.wake(record);
  }

  /** Has the watcher notified if need be: now, or once its document is composed. */
  #see(record: WatcherRecord): void {
    const { watched, type, decision } = record;
    if (decision === 'allow' && watched.known(type) === undefined) void Promise.resolve(this.composer.need(watched, type)).catch(() => undefined);
    else this.#outbox.wake(record);
  }

  /** What the watcher may see, if it is at hand. */
  #known({ watched, type, decision }: WatcherRecord): Composed | undefined {
    return decision === 'allow' ? watched.known(type) : this.neutral(watched, type);
  }

  /** Undefined: it cannot be had. Nobody who may not see the state gets it instead. */
  #document(record: WatcherRecord): MaybePromise<Composed> | undefined {
    const known = this.#known(record);
    return known?.document === undefined && record.decision === 'allow' ? this.composer.need(record.watched, record.type) : known;
  }

  #failed(record: WatcherRecord, code: number, pause: number): void {
    const { log, events } = this.#parts.service;
    const failed = { code, retry_in: Math.ceil(pause / 1000) };
    this.counts.failed++;
    log.info({ from: record.from, event: record.watched.pack.name, contact: record.contact, ...failed }, 'A watcher did not accept a NOTIFY');
    tellFailed(events, record, failed);
  }

  #giveUp(record: WatcherRecord): void {
    // If the 200 to its SUBSCRIBE has not left yet, core sends the last NOTIFY after it.
    if (record.phase === 'sending' || record.trouble !== undefined) this.#drop(record, 'deactivated');
    else this.end(record, ['terminated', 'deactivated']);
  }

  /** Removes a watcher without a NOTIFY, since nobody would answer it. */
  #drop(record: WatcherRecord, reason: WatcherEnd): void {
    this.#remove(record, reason);
    this.#parts.service.subscriptions.end(record.handle);
  }

  #remove(record: WatcherRecord, reason: WatcherEnd): void {
    if (record.phase === 'ended') return;
    this.#takeOut(record);
    tellEnd(this.#parts.service.events, record, reason);
  }

  /** It is in no table any more; nobody is told. */
  #takeOut(record: WatcherRecord): void {
    const isLast = this.table.remove(record);
    this.#outbox.forget(record);
    if (isLast) this.composer.forget(record.watched);
  }
}

/** Why a subscription is over, if it is. */
function endOf(update: DialogUpdate): WatcherEnd | undefined {
  if (update === 'stop') return 'forced';
  if (typeof update === 'string') return undefined;
  const [, status] = update;
  return typeof status === 'string' ? undefined : status[1];
}
