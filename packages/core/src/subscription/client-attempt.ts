import { formatUri, Header, parseEvent, type EventType, type Message, type Uri } from '@nksip-ts/sip';
import type { CameFrom } from '../dialog/came-from.js';
import { dialogBy, dialogOfNotify, dialogOfResponse, type Dialog } from '../dialog/dialog.js';
import type { SendingOptions } from '../uac/request-options.js';
import { sendSubscribe } from './client-request.js';
import { ClientSubscription, type Asked, type SubscriberParts } from './client-subscription.js';
import type { Subscribed } from './contract.js';
import { clientHandle } from './entry.js';
import type { NotifyRefusal } from './refuse-notify.js';
import { Schedule } from './schedule.js';
import { failedOf, subscribedOf, successIn } from './subscribed.js';

/** Notifiers that may answer one SUBSCRIBE: proxies fork to the devices of one user, but anybody who learns the tag could pretend to be any number. */
const mostForks = 16;

/** Measured, in bytes: what an attempt takes beside its subscriptions. */
const cost = 3600;

/** What an attempt works with. */
export interface AttemptParts extends SubscriberParts {
  /** Whether there is room for one more subscription than the one of each SUBSCRIBE. */
  readonly mayFork: () => boolean;
  /** One more of them is there, or one less. */
  readonly forked: (by: 1 | -1) => void;
  /** Nothing is left of the attempt. */
  readonly over: () => void;
}

/** A SUBSCRIBE of ours outside a dialog, and all subscriptions that come of it: one for each notifier that it was forked to (RFC 6665 4.4.1). */
export class ClientAttempt {
  readonly #byRemoteTag = new Map<string, ClientSubscription>();
  /** From tags of those that are over: a NOTIFY of theirs makes no new one. */
  readonly #ended = new Set<string>();
  /** Whether a NOTIFY from another notifier makes a subscription: until Timer N fires. */
  #isOpen = true;
  #isOver = false;
  /** The number of the last SUBSCRIBE outside a dialog, and when it was sent. */
  #cseq = 0;
  #sentAt = 0;
  #answer: () => void = () => undefined;
  readonly #answered = new Promise<void>((resolve) => { this.#answer = resolve; });
  readonly #window: Schedule<'over'>;
  readonly #event: EventType;

  constructor(
    readonly callId: string,
    readonly localTag: string,
    private readonly uri: Uri,
    private readonly options: SendingOptions & { readonly event: string; readonly refresh?: boolean | undefined },
    private readonly parts: AttemptParts,
  ) {
    parts.held.add(cost);
    this.#event = parseEvent(options.event) ?? { package: options.event, params: new Map() };
    this.#window = new Schedule(parts.clock, () => { this.#shut(); });
  }

  get subscriptions(): Iterable<ClientSubscription> {
    return this.#byRemoteTag.values();
  }

  async send(): Promise<Subscribed> {
    try {
      return await this.#send();
    } catch (error) {
      this.#failed(['code', 503]);
      throw error;
    } finally {
      this.#answer();
    }
  }

  /** Why a NOTIFY with our tag cannot be taken; undefined: it can. */
  refusal(notify: Message): NotifyRefusal | undefined {
    if (notify.callId !== this.callId || !this.#isOurEvent(notify)) return 'none';
    const known = this.#byRemoteTag.get(notify.fromTag);
    // RFC 3261 12.2.2: lower "than the remote sequence number".
    if (known !== undefined) return (notify.cseq?.number ?? 0) < known.dialog.remoteSeq ? 'old' : undefined;
    return this.#mayFork(notify.fromTag) && dialogOfNotify(notify, 0) !== undefined ? undefined : 'none';
  }

  /** The subscription that a NOTIFY belongs to, or makes; it has not been refused. */
  take(notify: Message, way: CameFrom): ClientSubscription | undefined {
    const known = this.#byRemoteTag.get(notify.fromTag);
    const dialog = known?.isNotified === true ? undefined : dialogOfNotify(notify, known?.dialog.localSeq ?? this.#cseq);
    if (known !== undefined && dialog !== undefined) known.dialog = dialog;
    const taken = known ?? (dialog === undefined ? undefined : this.#add(dialog));
    taken?.received(notify, way);
    return taken;
  }

  /** The dialog that a NOTIFY belongs to, if it is there. */
  dialogOf({ callId, fromTag }: Message): Dialog | undefined {
    return callId === this.callId ? this.#byRemoteTag.get(fromTag)?.dialog : undefined;
  }

  /** Ends all that came of it. */
  close(): void {
    this.#failed('forced');
  }

  async #send(): Promise<Subscribed> {
    const { uri, callId, localTag: fromTag, options } = this;
    const { outcome, asked } = await sendSubscribe(this.parts.host(), { uri, callId, fromTag, options, nextCseq: () => this.#nextCseq() });
    const success = successIn(outcome);
    if (success === undefined) {
      const failed = failedOf(outcome);
      this.#failed(['code', failed.code]);
      return failed;
    }
    if (!this.#isOver) this.#forkUntilTimerN();
    // Its last NOTIFY may have been here before the 2xx, or the service stops.
    if (this.#isOver || this.#ended.has(success.toTag)) return subscribedOf(clientHandle(fromTag, success.toTag), success, asked);
    return this.#of(success).granted(success, asked, this.#sentAt, this.#cseq);
  }

  /** RFC 6665 4.1.2.4: forks that nobody has heard of yet are known by their NOTIFY until then. */
  #forkUntilTimerN(): void {
    const { t1, t2 } = this.parts.host().timers;
    this.#window.set('over', Math.max(this.#sentAt + 64 * t1, this.parts.clock() + t2));
  }

  #nextCseq(): number {
    this.#sentAt = this.parts.clock();
    this.#cseq = this.#cseq === 0 ? this.options.cseq_num ?? this.parts.host().nextCseq() : this.#cseq + 1;
    return this.#cseq;
  }

  /** The subscription of who sent the 2xx; its NOTIFY may have been here before. */
  #of(success: Message): ClientSubscription {
    return this.#byRemoteTag.get(success.toTag) ?? this.#add(dialogOfResponse(success) ?? this.#unreachable(success));
  }

  /** A 2xx without a Contact, which RFC 6665 8.2 wants: until a NOTIFY says more, the notifier is where the SUBSCRIBE went. */
  #unreachable(success: Message): Dialog {
    const dialog = dialogBy(success, formatUri(this.uri), []);
    dialog.localSeq = this.#cseq;
    return dialog;
  }

  #add(dialog: Dialog): ClientSubscription {
    const { options, localTag, parts } = this;
    const { refresh = true, ...others } = options;
    const { remoteTag } = dialog;
    const asked: Asked = { event: this.#event.package, eventId: this.#event.params.get('id'), options: others, refresh };
    const made = new ClientSubscription(clientHandle(localTag, remoteTag), dialog, asked, parts, this.#answered, () => { this.#forget(remoteTag); });
    if (this.#byRemoteTag.size > 0) parts.forked(1);
    this.#byRemoteTag.set(remoteTag, made);
    made.begin();
    return made;
  }

  #mayFork(remoteTag: string): boolean {
    if (!this.#isOpen || remoteTag === '' || this.#ended.has(remoteTag)) return false;
    const { size } = this.#byRemoteTag;
    return size + this.#ended.size < mostForks && (size === 0 || this.parts.mayFork());
  }

  /** RFC 6665 8.2.1: the package and `id` are compared byte by byte. */
  #isOurEvent(notify: Message): boolean {
    const event = parseEvent(notify.first(Header.Event) ?? '');
    return event?.package === this.#event.package && event.params.get('id') === this.#event.params.get('id');
  }

  #forget(remoteTag: string): void {
    this.#byRemoteTag.delete(remoteTag);
    if (this.#byRemoteTag.size > 0) this.parts.forked(-1);
    this.#ended.add(remoteTag);
    this.#lookWhatIsLeft();
  }

  #failed(reason: 'forced' | readonly ['code', number]): void {
    this.#isOpen = false;
    this.#window.clear();
    for (const one of [...this.#byRemoteTag.values()]) one.end(reason);
    this.#lookWhatIsLeft();
  }

  #shut(): void {
    this.#isOpen = false;
    this.#lookWhatIsLeft();
  }

  #lookWhatIsLeft(): void {
    if (this.#isOver || this.#isOpen || this.#byRemoteTag.size > 0) return;
    this.#isOver = true;
    this.parts.held.add(-cost);
    this.parts.over();
  }
}

const ourHandle = /^C_(.+)_[0-9a-f]{12}$/;

/** Our tag in a handle; undefined: it is none of a subscription of ours. */
export function localTagIn(handle: string): string | undefined {
  return ourHandle.exec(handle)?.[1];
}
