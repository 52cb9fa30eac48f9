import { parseUri, type Message } from '@nksip-ts/sip';
import { highestCseq } from '../dialog/dialog.js';
import { firstHop, isSameHop, uriHop, type Hop } from '../dialog/next-hop.js';
import { proved, type CameFrom } from '../dialog/came-from.js';
import type { NonInviteClient, TransactionUser } from '../transaction/non-invite-client.js';
import type { Sendable } from '../transport/head-and-body.js';
import { transportFacts } from '../transport/transport-facts.js';
import type { Flow } from '../transport/transport.js';
import { sendAuthenticated } from '../uac/authenticated.js';
import { requestBytes, type Draft, type LocalEnd } from '../uac/build.js';
import { newBranch, type Outcome } from '../uac/send.js';
import type { UacHost } from '../uac/uac-host.js';
import { secondsLeft, type Entry } from './entry.js';
import type { Job } from './line.js';
import { notifyHeaders, NotifyTexts, routingOf, type NotifyParts } from './notify-bytes.js';
import { flowBack, isUnproved, namesTransport, open, openTcp, type FlowBack, type Opened, type WayParts } from './ways.js';

export interface SenderParts {
  /** What requests are sent with; undefined: the service does not listen yet, or has stopped. */
  readonly host: () => UacHost | undefined;
  readonly back: FlowBack;
}

/** Who wants to know what came of a NOTIFY. */
export interface NotifyOwner {
  /** One of these, once. `accepted`: a 2xx has come, of which its owner needs no more. */
  sent(entry: Entry, job: Job, outcome: Outcome): void;
  accepted(entry: Entry, job: Job): void;
}

/** Sends NOTIFYs. */
export class Sender {
  readonly #texts = new NotifyTexts();

  constructor(private readonly parts: SenderParts) {}

  /** `state`: 'active', 'pending', or the whole of a Subscription-State that is terminated. */
  send(entry: Entry, job: Job, state: string, owner: NotifyOwner): void {
    const host = this.parts.host();
    if (host === undefined) return owner.sent(entry, job, { local: 'transport' });
    new Sending(host, this.parts.back, this.#texts, entry, job, state, owner).start();
  }
}

/** What becomes of an outcome that is not that of the NOTIFY. */
type Then = (outcome: Outcome) => void;

/**
 * One NOTIFY on its way: a transaction, and at times another before or behind it. What usually happens, a response over a way that is there, makes no promise
 * and no function: very many are under way at a time.
 */
class Sending implements TransactionUser, WayParts {
  #isOver = false;
  /** A first NOTIFY without the body is sent, to learn whether somebody is there. */
  #asksFirst = false;
  /** Where requests went when it began. */
  #hop: Hop | undefined = undefined;
  #transport: CameFrom['transport'] | undefined = undefined;
  /** The way is a new one, not that of the last SUBSCRIBE. */
  #opensAnew = false;
  /** The transaction under way, over which way, what is sent in it, how often still. */
  #transaction: NonInviteClient | undefined = undefined;
  #flow: Flow | undefined = undefined;
  /** Where that leads. */
  #address = '';
  #bytes: Sendable = nothing;
  #left = 0;
  /** How the last SUBSCRIBE came when it began. */
  #way: CameFrom | undefined = undefined;
  /** Undefined: its outcome is that of the NOTIFY. */
  #then: Then | undefined = undefined;

  constructor(
    readonly host: UacHost,
    readonly back: FlowBack,
    private readonly texts: NotifyTexts,
    private readonly entry: Entry,
    private readonly job: Job,
    private readonly state: string,
    private readonly owner: NotifyOwner,
  ) {}

  start(): void {
    this.job.sending = this;
    const { dialog } = this.entry;
    const hop = this.#hop = firstHop(dialog);
    this.#transport = dialog.way?.transport;
    if (hop?.kind === 'uri') return this.#anew(hop);
    const flow = hop === undefined ? undefined : flowBack(this, dialog, hop);
    if (hop === undefined || flow === undefined) return this.#anew(uriHop(dialog));
    this.#address = hop.address;
    this.#over(flow);
  }

  /** Its time is over. */
  abandon(): void {
    this.#transaction?.terminate();
    if (this.#transaction !== undefined) this.#ended({ local: 'timeout' });
    this.#end({ local: 'timeout' });
  }

  /**
   * The peer has sent a SUBSCRIBE meanwhile. If that came another way, it has moved, and nobody may be left where this NOTIFY went: it goes again, where requests go
   * now (RFC 6665 4.2.1.2 has the state sent "immediately"). Else the silence there would end, after 64*T1, what the peer has just refreshed.
   */
  moved(): void {
    if (this.#transaction === undefined || !this.#hasMoved) return;
    this.#transaction.terminate();
    // What stands before or behind the NOTIFY is given up with it.
    if (this.#then !== undefined) return this.#ended({ local: 'transport' });
    const flow = this.#transactionOver(false);
    if (flow !== undefined) this.#again(flow);
  }

  get #hasMoved(): boolean {
    const { dialog, dialog: { way } } = this.entry;
    return way?.transport !== this.#transport || !isSameHop(this.#hop, firstHop(dialog));
  }

  #again(flow: Flow): void {
    flow.release();
    this.#opensAnew = false;
    this.start();
  }

  /** As often as it may: `retransmissions`; and to an address that is not proved once and once more, within its room. */
  transmit(transaction: NonInviteClient): void {
    if (this.#left-- <= 0 || this.#flow === undefined) return;
    const way = this.#way;
    if (way !== undefined && isUnproved(way, this.#flow, this.#address)) {
      if (this.#bytes.length > this.entry.room) return;
      this.entry.room -= this.#bytes.length;
    }
    this.#flow.send(this.#bytes, transaction);
  }

  responded(response: Message): void {
    this.#ended({ response });
  }

  get needsNoMore(): boolean {
    return this.#then === undefined && this.job.owner.needsNoMore;
  }

  succeeded(): void {
    const flow = this.#transactionOver(true);
    if (flow === undefined || this.#isOver) return;
    flow.release();
    this.#isOver = true;
    this.owner.accepted(this.entry, this.job);
  }

  timedOut(): void {
    this.#ended({ local: 'timeout' });
  }

  transportFailed(error: unknown): void {
    this.#ended({ local: 'transport', error });
  }

  #anew(hop: Hop | undefined): void {
    this.#opensAnew = true;
    this.#letResponseLeave();
    open(this, this.entry.dialog, hop).then((opened) => { this.#opened(opened); }).catch((error: unknown) => { this.#failed(error); });
  }

  /** The response to the SUBSCRIBE may be gathered with others of this turn, and a NOTIFY that goes another way would overtake it. */
  #letResponseLeave(): void {
    const { way } = this.entry.dialog;
    if (way !== undefined) this.back(way, way)?.flush?.();
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.owner.sent(this.entry, this.job, outcome);
  }

  #failed(error: unknown): void {
    this.#end({ local: 'transport', error });
  }

  #opened({ flow, address }: Opened): void {
    if (this.#hasMoved && !this.#isOver) return this.#again(flow);
    this.#address = address;
    this.#over(flow);
  }

  #over(flow: Flow): void {
    if (this.#isOver) return flow.release();
    const request = this.#request(flow, this.state, this.job.body);
    if (this.#mustAskFirst(flow, request.bytes.length)) return this.#askFirst(flow);
    if (this.#isTooLarge(flow, request.bytes.length)) return this.#overTcp(flow);
    this.#transact(flow, request, undefined);
  }

  /** The next NOTIFY of its dialog. */
  #parts(state: string, body: Uint8Array | undefined): NotifyParts {
    const { entry } = this;
    // RFC 6665 4.1.3: what is left when this one leaves.
    const told = state === 'active' || state === 'pending' ? `${state};expires=${secondsLeft(entry, performance.now())}` : state;
    return { cseq: entry.dialog.localSeq + 1, state: told, body, contentType: this.job.options.content_type ?? 'text/plain' };
  }

  #request(flow: Flow, state: string, body: Uint8Array | undefined): Prepared {
    const end = this.host.localEnd(flow);
    const branch = newBranch(this.host);
    return { bytes: this.texts.notify(this.entry, this.#parts(state, body), end, branch), branch, sentBy: end };
  }

  /** An address of which nothing is proved gets no more than a multiple of what came from there, and nothing so large that it needs another transport. */
  #mustAskFirst(flow: Flow, size: number): boolean {
    const { way } = this.entry.dialog;
    return isUnproved(way, flow, this.#address) && !this.#asksFirst && this.job.body !== undefined && size > Math.min(this.entry.room, this.host.udpMaxSize);
  }

  /** A NOTIFY without a body; whoever answers it is really there, and gets the whole one. */
  #askFirst(flow: Flow): void {
    this.#asksFirst = true;
    const request = this.#request(flow, this.state.startsWith('terminated') ? 'active;expires=0' : this.state, undefined);
    this.#transact(flow, request, (outcome) => {
      flow.release();
      if (outcome.response === undefined || outcome.response.status >= 300) this.#end(outcome);
      else this.start();
    });
  }

  /** RFC 3261 18.1.1: a request above 1,300 bytes MUST go over TCP. A URI that names UDP has decided otherwise. */
  #isTooLarge(flow: Flow, size: number): boolean {
    const { dialog, dialog: { way } } = this.entry;
    return !transportFacts[flow.transport].isReliable && size > this.host.udpMaxSize && way?.refusesTcp === false && !isUnproved(way, flow, this.#address) && !namesTransport(dialog);
  }

  /** 18.1.1: "if the attempt to establish the connection" fails, the request goes over UDP; and so do those after it. */
  #overTcp(udp: Flow): void {
    this.#letResponseLeave();
    openTcp(this, this.entry.dialog).then((opened) => {
      udp.release();
      this.#opened(opened);
    }, () => {
      this.entry.way = this.entry.way?.refusingTcp();
      this.#over(udp);
    }).catch((error: unknown) => { this.#failed(error); });
  }

  #transact(flow: Flow, { bytes, branch, sentBy }: Prepared, then: Then | undefined): void {
    const { dialog } = this.entry;
    this.#flow = flow;
    this.#bytes = bytes;
    this.#then = then;
    this.#way = dialog.way;
    if (dialog.localSeq >= highestCseq) return this.#ended({ local: 'transport' });
    dialog.localSeq++;
    this.#left = 1 + Math.min(this.job.options.retransmissions ?? Infinity, isUnproved(dialog.way, flow, this.#address) ? 1 : Infinity);
    try {
      this.#transaction = this.host.clients.start({ branch, method: 'NOTIFY', sentBy }, transportFacts[flow.transport].isReliable, this.host.timers, this);
      flow.watch(this.#transaction);
    } catch (error) {
      this.#ended({ local: 'transport', error });
    }
  }

  /** The transaction under way is over. */
  #ended(outcome: Outcome): void {
    const flow = this.#transactionOver(outcome.response !== undefined);
    if (flow === undefined) return;
    if (this.#then === undefined) this.#answered(flow, outcome);
    else this.#then(outcome);
  }

  /** Over which way it went. A response proves that somebody is there. */
  #transactionOver(isAnswered: boolean): Flow | undefined {
    const flow = this.#flow;
    if (flow === undefined) return undefined;
    if (this.#transaction !== undefined) flow.unwatch(this.#transaction);
    this.#transaction = undefined;
    const { way } = this.entry;
    if (isAnswered && this.#way !== undefined && way !== undefined) this.entry.way = proved(this.#address, this.#way, way);
    return flow;
  }

  #answered(flow: Flow, outcome: Outcome): void {
    const status = outcome.response?.status;
    const passwords = this.job.options.sip_pass ?? this.host.passwords;
    if ((status === 401 || status === 407) && passwords !== undefined && !this.#isOver) return this.#signIn(flow, passwords, outcome);
    flow.release();
    const hop = this.#mayBeDead(flow, outcome) ? uriHop(this.entry.dialog) : undefined;
    if (hop === undefined) this.#end(outcome);
    else this.#anew(hop);
  }

  /** A connection may have been dead, and nobody knew. */
  #mayBeDead(flow: Flow, { local }: Outcome): boolean {
    return local === 'transport' && transportFacts[flow.transport].isReliable && !this.#opensAnew && !this.#isOver;
  }

  /** RFC 3261 22.2: the same once more with credentials, and the next CSeq. */
  #signIn(flow: Flow, passwords: NonNullable<UacHost['passwords']>, before: Outcome): void {
    const { dialog } = this.entry;
    const { requestUri } = routingOf(dialog);
    const nextHop = parseUri(dialog.remoteTarget);
    if (nextHop === undefined) return this.#end(before);
    const draft: Draft = { method: 'NOTIFY', requestUri, nextHop, headers: notifyHeaders(this.entry, this.#parts(this.state, this.job.body)), contactUser: undefined, body: this.job.body };
    sendAuthenticated(this.host, draft, {
      passwords, before, milliseconds: 64 * this.host.timers.t1,
      nextCseq: () => dialog.localSeq + 1,
      send: (signed) => new Promise((resolve) => {
        const end = this.host.localEnd(flow);
        const branch = newBranch(this.host);
        this.#transact(flow, { bytes: requestBytes(signed, end, branch), branch, sentBy: end }, resolve);
      }),
    }).finally(() => { flow.release(); }).then((outcome) => { this.#end(outcome); }, (error: unknown) => { this.#failed(error); });
  }
}

/** A request as it goes over one way, and by what its response is known. */
interface Prepared {
  readonly bytes: Sendable;
  readonly branch: string;
  readonly sentBy: LocalEnd;
}

const nothing = new Uint8Array(0);
