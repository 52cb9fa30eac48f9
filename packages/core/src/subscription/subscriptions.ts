import type { SipRequest } from '../callback/request.js';
import { NksipError } from '../errors.js';
import type { MemoryAccount } from '../memory/account.js';
import type { OutgoingResponse } from '../reply/resolve.js';
import type { SipReply } from '../reply/table.js';
import { cameFrom, isFrom, type CameFrom } from '../dialog/came-from.js';
import { localEndOf } from '../uac/local-end.js';
import type { LocalEnd } from '../uac/build.js';
import type { ResubscribeOptions, SubscribeOptions } from '../uac/request-options.js';
import type { UacHost } from '../uac/uac-host.js';
import type { Notified, NotifyJob, NotifyOptions, ServiceSubscriptions, Subscribed, Subscription } from './contract.js';
import { clientHandle, serverHandle, snapshotOf } from './entry.js';
import { Lines, notFound } from './lines.js';
import { readNotifyOptions } from './notify-options.js';
import type { PeerRequest } from './peer-request.js';
import { refuseNotify } from './refuse-notify.js';
import type { SubscriptionRules } from './rules.js';
import { Sender, type SenderParts } from './sending.js';
import { SubscriptionServer } from './server.js';
import { Subscriber } from './subscriber.js';
import { SubscriptionTable } from './table.js';
import { Teller } from './tell.js';

export interface SubscriptionsParts extends SenderParts {
  readonly memory: MemoryAccount;
  readonly fault: (error: unknown) => void;
}

/** Which callback a request of a dialog goes to, and what becomes of its response. */
interface Taken {
  readonly callback: 'sip_subscribe' | 'sip_resubscribe' | 'sip_notify';
  respond(response: OutgoingResponse): OutgoingResponse;
}

/** The handle of the subscription that a SUBSCRIBE or NOTIFY makes or belongs to. Throws `invalid_argument` for any other request. */
export function handleOf({ method, message, toTag }: SipRequest): string {
  if (method === 'SUBSCRIBE') return serverHandle(toTag);
  if (method === 'NOTIFY') return clientHandle(toTag, message.fromTag);
  throw new NksipError('invalid_argument', { argument: 'req', given: method, reason: 'it must be a SUBSCRIBE or a NOTIFY' });
}

/** The subscriptions of one service: those that others have here, and those that it has with others. */
export class Subscriptions implements ServiceSubscriptions {
  readonly table: SubscriptionTable;
  readonly lines: Lines;
  readonly teller: Teller;
  readonly #server: SubscriptionServer;
  readonly #subscriber: Subscriber;

  /** `rules`: what the next request is handled with; an update puts other ones in their place. */
  constructor(private readonly parts: SubscriptionsParts, public rules: SubscriptionRules) {
    const now = (): SubscriptionRules => this.rules;
    const { memory, fault } = parts;
    const teller = this.teller = new Teller(now, fault);
    const table = this.table = new SubscriptionTable(memory, (entry) => { this.#server.timeIsOver(entry); });
    const lines = this.lines = new Lines({ table, teller, memory, sender: new Sender(parts) });
    this.#server = new SubscriptionServer({ rules: now, table, lines, teller, memory, localEnd: (way) => this.#localEnd(way) });
    this.#subscriber = new Subscriber({
      host: () => this.#host, limit: () => this.rules.maxOurs,
      tell: (update, subscription) => { teller.told(subscription, update); }, clock: () => performance.now(), held: memory.tally('subscriptions'),
    });
  }

  get #host(): UacHost {
    const host = this.parts.host();
    if (host === undefined) throw new NksipError('service_not_found', { service: this.rules.service });
    return host;
  }

  /** Whether a SUBSCRIBE or NOTIFY belongs to a subscription that is there, or makes one of ours. */
  has({ method, message }: PeerRequest): boolean {
    return method === 'SUBSCRIBE' ? this.table.of(message) !== undefined : method === 'NOTIFY' && this.#subscriber.refusal(message) !== 'none';
  }

  knowsSender({ method, message, source }: PeerRequest): boolean {
    if (message.toTag === '') return false;
    const dialog = method === 'SUBSCRIBE' ? this.table.of(message)?.dialog : method === 'NOTIFY' ? this.#subscriber.dialogOf(message) : undefined;
    return dialog?.way !== undefined && isFrom(dialog.way, source);
  }

  /** What the server side asks of a request that has a To tag, or is a NOTIFY. */
  refuse(request: PeerRequest): SipReply | undefined {
    const { method, message: { toTag } } = request;
    if (method === 'SUBSCRIBE' && toTag !== '') return this.#server.refuse(request);
    if (method === 'NOTIFY') return refuseNotify(this.#subscriber.refusal(request.message), this.rules.takesUnsolicited);
    return 'unknown_dialog';
  }

  take(request: PeerRequest): Taken | SipReply {
    if (request.method === 'SUBSCRIBE') return this.#server.take(request);
    const taken = this.#subscriber.take(request.message, cameFrom(request.message, request.source, request.isProved, 0));
    // What the NOTIFY says holds once it is answered: the application has its body by then, which may be the last one.
    if (taken !== undefined) request.afterReply(() => { taken.apply(request.message); });
    return { callback: 'sip_notify', respond: (response) => response };
  }

  readonly handleOf = handleOf;

  get(handle: string): Subscription | 'not_found' {
    const entry = this.table.get(handle);
    if (entry !== undefined) return snapshotOf(entry, performance.now());
    return this.#subscriber.find(handle)?.snapshot ?? 'not_found';
  }

  end(handle: string): 'ok' | 'not_found' {
    const entry = this.table.get(handle);
    if (entry === undefined) return 'not_found';
    this.lines.end(entry, ['terminated', 'forced']);
    return 'ok';
  }

  *all(callId?: string): Iterable<Subscription> {
    const bytes = callId === undefined ? undefined : Buffer.from(callId).toString('latin1');
    for (const entry of this.table.all()) if (bytes === undefined || entry.dialog.callId === bytes) yield snapshotOf(entry, performance.now());
    for (const { snapshot } of this.#subscriber.all(callId)) yield snapshot;
  }

  /** Rejects with `service_not_found`, `subscription_not_found`, `queue_full`, `invalid_uri`, `unknown_option`, `invalid_option`, `invalid_argument`. */
  async subscribe(target: string, options?: SubscribeOptions | ResubscribeOptions): Promise<Subscribed> {
    return await this.#subscriber.subscribe(target, options);
  }

  /** Rejects with `subscription_not_found`, `queue_full`, `unknown_option`, `invalid_option`, `invalid_argument`. */
  notify(handle: string, options: NotifyOptions): Promise<Notified> {
    try {
      const entry = this.#server.find(handle);
      const read = readNotifyOptions(options);
      return entry === undefined ? Promise.reject(notFound(handle)) : this.lines.notify(entry, read);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  send(handle: string, job: NotifyJob): void {
    const entry = this.#server.find(handle);
    if (entry === undefined) job.refused(notFound(handle));
    else this.lines.send(entry, job);
  }

  /** Resolves when no NOTIFY is under way or waits. */
  whenIdle(): Promise<void> {
    return this.lines.whenIdle();
  }

  /** The service stops: what is there ends. */
  close(): void {
    this.#subscriber.close();
    for (const entry of [...this.table.all()]) this.lines.end(entry, ['terminated', 'forced']);
    this.table.close();
  }

  /** What a Contact of ours says to whoever sent a request. */
  #localEnd(way: CameFrom): LocalEnd {
    const { transport, address, port, localAddress, localPort } = way;
    const flow = this.parts.back({ transport, address, port }, way) ?? { transport, localAddress, localPort };
    return this.parts.host()?.localEnd(flow) ?? localEndOf({}, flow);
  }
}
