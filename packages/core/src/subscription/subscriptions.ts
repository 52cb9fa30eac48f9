import type { SipRequest } from '../callback/request.js';
import { NksipError } from '../errors.js';
import type { MemoryAccount } from '../memory/account.js';
import type { OutgoingResponse } from '../reply/resolve.js';
import type { SipReply } from '../reply/table.js';
import type { Way } from '../dialog/way.js';
import { localEnd } from '../uac/send.js';
import type { LocalEnd } from '../uac/build.js';
import type { Notified, NotifyOptions, ServiceSubscriptions, Subscription } from './contract.js';
import { clientHandle, serverHandle, snapshotOf } from './entry.js';
import { Lines, notFound } from './lines.js';
import { readNotifyOptions } from './notify-options.js';
import type { Received, SubscriptionRules } from './received.js';
import { Sender } from './sender.js';
import type { SenderParts } from './sending.js';
import { SubscriptionServer } from './server.js';
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

  /** `rules`: what the next request is handled with; an update puts other ones in their place. */
  constructor(private readonly parts: SubscriptionsParts, public rules: SubscriptionRules) {
    const now = (): SubscriptionRules => this.rules;
    const { memory, fault } = parts;
    const teller = this.teller = new Teller(now, fault);
    const table = this.table = new SubscriptionTable(memory, (entry) => { this.#server.timeIsOver(entry); });
    const lines = this.lines = new Lines({ table, teller, memory, send: new Sender(parts).send });
    this.#server = new SubscriptionServer({ rules: now, table, lines, teller, memory, localEnd: (way) => this.#localEnd(way) });
  }

  /** What the server side asks of a request that has a To tag, or is a NOTIFY. */
  refuse(request: Received): SipReply | undefined {
    const { method, message: { toTag } } = request;
    if (method === 'SUBSCRIBE' && toTag !== '') return this.#server.refuse(request);
    if (method === 'NOTIFY') return this.rules.takesUnsolicited ? undefined : ['unknown_dialog', 'Subscription Does Not Exist'];
    return 'unknown_dialog';
  }

  take(request: Received): Taken | SipReply {
    return request.method === 'SUBSCRIBE' ? this.#server.take(request) : { callback: 'sip_notify', respond: (response) => response };
  }

  readonly handleOf = handleOf;

  get(handle: string): Subscription | 'not_found' {
    const entry = this.table.get(handle);
    return entry === undefined ? 'not_found' : snapshotOf(entry, performance.now());
  }

  *all(callId?: string): Iterable<Subscription> {
    const bytes = callId === undefined ? undefined : Buffer.from(callId).toString('latin1');
    for (const entry of this.table.all()) if (bytes === undefined || entry.dialog.callId === bytes) yield snapshotOf(entry, performance.now());
  }

  /** Rejects with `subscription_not_found`, `queue_full`, `unknown_option`, `invalid_option`, `invalid_argument`. */
  async notify(handle: string, options: NotifyOptions): Promise<Notified> {
    const entry = this.#server.find(handle);
    const read = readNotifyOptions(options);
    if (entry === undefined) throw notFound(handle);
    return this.lines.notify(entry, read);
  }

  /** Resolves when no NOTIFY is under way or waits. */
  whenIdle(): Promise<void> {
    return this.lines.whenIdle();
  }

  /** The service stops: what is there ends. */
  close(): void {
    for (const entry of [...this.table.all()]) this.lines.end(entry, ['terminated', 'forced']);
    this.table.close();
  }

  /** What a Contact of ours says to whoever sent a request. */
  #localEnd(way: Way): LocalEnd {
    const { transport, address, port, localAddress, localPort } = way;
    const host = this.parts.host();
    const flow = this.parts.back({ transport, address, port }, { address: localAddress, port: localPort }) ?? { transport, localAddress, localPort };
    return localEnd(host ?? { identity: { from: '', route: [] } }, flow);
  }
}
