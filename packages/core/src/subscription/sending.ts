import { parseUri, type Uri } from '@nksip-ts/sip';
import { highestCseq } from '../dialog/dialog.js';
import { contactPort, firstHop, uriHop, type Hop } from '../dialog/next-hop.js';
import { prove } from '../dialog/came-from.js';
import { NksipError } from '../errors.js';
import { sentByText } from '../transaction/client-table.js';
import { transportFacts } from '../transport/transport-facts.js';
import type { Flow, Target } from '../transport/transport.js';
import { sendAuthenticated } from '../uac/authenticated.js';
import { requestBytes, type Draft } from '../uac/build.js';
import { localEnd, newBranch, type Outcome } from '../uac/send.js';
import type { UacHost } from '../uac/uac-host.js';
import type { Entry } from './entry.js';
import type { Job } from './line.js';
import { notifyBytes, notifyHeaders, routingOf, type NotifyParts } from './notify-bytes.js';

/** Where something goes without anything being opened. */
export interface Back {
  readonly transport: Flow['transport'];
  readonly address: string;
  readonly port: number;
}

export interface SenderParts {
  /** What requests are sent with; undefined: the service does not listen yet, or has stopped. */
  readonly host: () => UacHost | undefined;
  /** The connection that something came over, or the UDP socket that it came to; undefined: it is gone. */
  readonly back: (to: Back, local: { readonly address: string; readonly port: number }) => Flow | undefined;
}

/** One NOTIFY on its way. What usually happens, a response over a way that is there, makes no promise but that of the datagram. */
export class Sending {
  #isOver = false;
  /** Ends the transaction under way. */
  #giveUp: (() => void) | undefined = undefined;
  /** A first NOTIFY without the body is sent, to learn whether somebody is there. */
  #asksFirst = false;
  /** The way is a new one, not that of the last SUBSCRIBE. */
  #opensAnew = false;

  constructor(
    private readonly host: UacHost,
    private readonly back: SenderParts['back'],
    private readonly entry: Entry,
    private readonly job: Job,
    private readonly state: string,
    private readonly done: (outcome: Outcome) => void,
  ) {}

  start(): void {
    this.job.abandon = () => {
      this.#giveUp?.();
      this.#end({ local: 'timeout' });
    };
    const hop = firstHop(this.entry.dialog);
    const flow = hop?.kind === 'back' ? this.#flowBack(hop) : undefined;
    if (flow !== undefined) return this.#over(flow);
    this.#anew(hop?.kind === 'uri' ? hop : uriHop(this.entry.dialog));
  }

  #anew(hop: Hop | undefined): void {
    this.#opensAnew = true;
    this.#open(hop).then((flow) => { this.#over(flow); }).catch((error: unknown) => { this.#failed(error); });
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#giveUp = undefined;
    this.done(outcome);
  }

  #failed(error: unknown): void {
    this.#end({ local: 'transport', error });
  }

  #flowBack({ address, port }: Extract<Hop, { readonly kind: 'back' }>): Flow | undefined {
    const { way } = this.entry.dialog;
    return way === undefined ? undefined : this.back({ transport: way.transport, address, port }, { address: way.localAddress, port: way.localPort });
  }

  /** RFC 3263: the first of the targets to which there is a way. */
  async #open(hop: Hop | undefined): Promise<Flow> {
    if (hop?.kind !== 'uri') throw new NksipError('transport_error', { transport: this.entry.dialog.way?.transport, reason: 'the connection of the subscription is gone' });
    return this.#openFirst(await this.host.resolve(hop.uri, 'any'));
  }

  async #openFirst(targets: readonly Target[]): Promise<Flow> {
    const { way } = this.entry.dialog;
    let reason: unknown;
    for (const target of targets) {
      try {
        const own = way !== undefined && !transportFacts[target.transport].isReliable && !transportFacts[way.transport].isReliable ? this.back(target, { address: way.localAddress, port: way.localPort }) : undefined;
        return own ?? await this.host.open(target);
      } catch (error) {
        reason = error;
      }
    }
    throw reason;
  }

  #over(flow: Flow): void {
    if (this.#isOver) return flow.release();
    const parts = this.#parts(this.state, this.job.body);
    const bytes = this.#bytes(parts, flow);
    if (this.#mustAskFirst(flow, bytes.sip.length)) return this.#askFirst(flow);
    if (this.#isTooLarge(flow, bytes.sip.length)) return this.#overTcp(flow);
    this.#transact(flow, bytes, (outcome) => { this.#answered(flow, parts, outcome); });
  }

  #parts(state: string, body: Uint8Array | undefined): NotifyParts {
    return { cseq: this.entry.dialog.localSeq + 1, state, body, contentType: this.job.options.content_type ?? 'text/plain' };
  }

  #bytes(parts: NotifyParts, flow: Flow): Prepared {
    const local = localEnd(this.host, flow);
    const branch = newBranch(this.host);
    return { sip: notifyBytes(this.entry, parts, local, branch), branch, sentBy: sentByText(local) };
  }

  /** An address of which nothing is proved gets no more than a multiple of what came from there, and nothing so large that it needs another transport. */
  #mustAskFirst(flow: Flow, size: number): boolean {
    const { way } = this.entry.dialog;
    return !transportFacts[flow.transport].isReliable && way?.isProved === false && !this.#asksFirst && this.job.body !== undefined && size > Math.min(way.room, this.host.udpMaxSize);
  }

  /** A NOTIFY without a body; whoever answers it is really there, and gets the whole one. */
  #askFirst(flow: Flow): void {
    this.#asksFirst = true;
    const parts = this.#parts(this.state.startsWith('terminated') ? 'active;expires=0' : this.state, undefined);
    this.#transact(flow, this.#bytes(parts, flow), (outcome) => {
      flow.release();
      if (outcome.response === undefined || outcome.response.status >= 300) this.#end(outcome);
      else this.start();
    });
  }

  /** RFC 3261 18.1.1: a request above 1,300 bytes MUST go over TCP. A URI that names UDP has decided otherwise. */
  #isTooLarge(flow: Flow, size: number): boolean {
    const { way } = this.entry.dialog;
    return !transportFacts[flow.transport].isReliable && size > this.host.udpMaxSize && way?.refusesTcp === false && way.isProved && this.#nextUri()?.params.has('transport') !== true;
  }

  #nextUri(): Uri | undefined {
    const hop = uriHop(this.entry.dialog);
    return hop?.kind === 'uri' ? hop.uri : undefined;
  }

  /** 18.1.1: "if the attempt to establish the connection" fails, the request goes over UDP; and so do those after it. */
  #overTcp(udp: Flow): void {
    this.#openTcp().then((tcp) => {
      udp.release();
      this.#over(tcp);
    }, () => {
      const { way } = this.entry.dialog;
      if (way !== undefined) way.refusesTcp = true;
      this.#over(udp);
    }).catch((error: unknown) => { this.#failed(error); });
  }

  async #openTcp(): Promise<Flow> {
    const { dialog } = this.entry;
    const hop = firstHop(dialog);
    if (hop?.kind === 'uri') return this.#openFirst(await this.host.resolve(hop.uri, 'streams'));
    if (hop === undefined) throw new Error('there is no way');
    // Where datagrams come from nobody need listen for connections: the Contact tells.
    const port = dialog.way?.isStraight === true ? contactPort(dialog) : hop.port;
    return this.host.open({ transport: 'tcp', address: hop.address, port, host: hop.address });
  }

  #transact(flow: Flow, { sip, branch, sentBy }: Prepared, then: (outcome: Outcome) => void): void {
    const { dialog } = this.entry;
    if (dialog.localSeq >= highestCseq) return then({ local: 'transport' });
    dialog.localSeq++;
    const { way } = dialog;
    const unwatch: (() => void)[] = [];
    const over = (outcome: Outcome): void => {
      for (const stop of unwatch) stop();
      if (outcome.response !== undefined) prove(way, dialog.way);
      then(outcome);
    };
    try {
      const transaction = this.host.clients.start({ branch, method: 'NOTIFY', sentBy }, {
        reliable: transportFacts[flow.transport].isReliable,
        timers: this.host.timers,
        send: this.#bounded(flow, sip),
        onResponse: (response) => over({ response }),
        onTimeout: () => over({ local: 'timeout' }),
        onTransportError: (error) => over({ local: 'transport', error }),
      });
      this.#giveUp = () => {
        transaction.terminate();
        over({ local: 'timeout' });
      };
      unwatch.push(flow.onBroken((error) => transaction.transportFailed(error)));
    } catch (error) {
      over({ local: 'transport', error });
    }
  }

  /** Sends as often as it may: `retransmissions`; and to an address that is not proved once and once more, within its room. */
  #bounded(flow: Flow, bytes: Uint8Array): () => Promise<void> {
    const { way } = this.entry.dialog;
    const isBound = !transportFacts[flow.transport].isReliable && way?.isProved === false;
    let left = 1 + Math.min(this.job.options.retransmissions ?? Infinity, isBound ? 1 : Infinity);
    return async () => {
      if (left-- <= 0) return;
      if (isBound && !way.isProved) {
        if (bytes.length > way.room) return;
        way.room -= bytes.length;
      }
      await flow.send(bytes);
    };
  }

  #answered(flow: Flow, parts: NotifyParts, outcome: Outcome): void {
    const status = outcome.response?.status;
    const passwords = this.job.options.sip_pass ?? this.host.passwords;
    if ((status === 401 || status === 407) && passwords !== undefined && !this.#isOver) return this.#signIn(flow, parts, passwords, outcome);
    flow.release();
    const hop = uriHop(this.entry.dialog);
    // A connection may have been dead, and nobody knew.
    if (outcome.local === 'transport' && transportFacts[flow.transport].isReliable && !this.#opensAnew && !this.#isOver && hop !== undefined) this.#anew(hop);
    else this.#end(outcome);
  }

  /** RFC 3261 22.2: the same once more with credentials, and the next CSeq. */
  #signIn(flow: Flow, parts: NotifyParts, passwords: NonNullable<UacHost['passwords']>, before: Outcome): void {
    const { dialog } = this.entry;
    const { requestUri } = routingOf(dialog);
    const nextHop = parseUri(dialog.remoteTarget);
    if (nextHop === undefined) return this.#end(before);
    const draft: Draft = { method: 'NOTIFY', requestUri, nextHop, headers: notifyHeaders(this.entry, parts), contactUser: undefined, body: parts.body };
    sendAuthenticated(this.host, draft, {
      passwords, before, milliseconds: 64 * this.host.timers.t1,
      nextCseq: () => dialog.localSeq + 1,
      send: (signed) => new Promise((resolve) => {
        const local = localEnd(this.host, flow);
        const branch = newBranch(this.host);
        this.#transact(flow, { sip: requestBytes(signed, local, branch), branch, sentBy: sentByText(local) }, resolve);
      }),
    }).finally(() => { flow.release(); }).then((outcome) => { this.#end(outcome); }, (error: unknown) => { this.#failed(error); });
  }
}

/** A request as it goes over one way, and by what its response is known. */
interface Prepared {
  readonly sip: Uint8Array;
  readonly branch: string;
  readonly sentBy: string;
}
