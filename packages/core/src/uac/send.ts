import type { Message } from '@nksip-ts/sip';

import { NksipError } from '../errors.js';
import type { NonInviteClient, TransactionUser } from '../transaction/non-invite-client.js';
import { transportFacts } from '../transport/transport-facts.js';
import type { Flow, FlowUse, Target } from '../transport/transport.js';
import { requestBytes, type Draft, type LocalEnd } from './build.js';
import type { UacHost } from './uac-host.js';

/** How a request ended: with a final response, or without one. */
export type Outcome =
  | { readonly response: Message; /** Our end of the way that the request took. */ readonly end?: LocalEnd; readonly local?: never; readonly error?: unknown }
  | { readonly local: 'timeout' | 'transport'; readonly error?: unknown; readonly response?: never; readonly end?: never };

/**
 * Sends a request to where its next hop leads and waits for the outcome, at most `milliseconds`. Rejects with
 * NksipError('queue_full') when too many transactions are under way.
 */
export async function send(host: UacHost, draft: Draft, milliseconds: number): Promise<Outcome> {
  const sending = new Sending(host, draft);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => {
      resolve(sending.giveUp());
    }, milliseconds);
  });
  try {
    return await Promise.race([sending.run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One request on its way through the targets that RFC 3263 gives. */
class Sending {
  #givenUp = false;
  /** Whether the request, or a part of it, may be with one of the targets. */
  #sent = false;
  /** Ends the transaction under way. */
  #abandon: (() => void) | undefined;
  /** What has come so far. */
  #best: Outcome = { local: 'transport' };

  constructor(
    private readonly host: UacHost,
    private readonly draft: Draft,
  ) {}

  async run(): Promise<Outcome> {
    try {
      const targets = await this.host.resolve(this.draft.nextHop, 'any');
      if (!(await this.#isTooLarge(targets[0]))) return await this.#tryEach(targets);
      const outcome = await this.#overStreams();
      // 18.1.1: "if the attempt to establish the connection" fails, "the element SHOULD retry the request, using UDP". Once a
      // connection carried the request, it may have arrived.
      return this.#sent ? outcome : await this.#tryEach(targets);
    } catch (error) {
      return transportOutcome(error);
    }
  }

  /** What came of it until then. */
  giveUp(): Outcome {
    this.#givenUp = true;
    this.#abandon?.();
    return this.#best.response === undefined ? { local: 'timeout' } : this.#best;
  }

  /**
   * 18.1.1: a request that "is larger than 1300 bytes and the path MTU is unknown [...] MUST be sent using an RFC 2914 congestion
   * controlled transport protocol, such as TCP". A URI that names UDP has decided otherwise.
   */
  async #isTooLarge(target: Target | undefined): Promise<boolean> {
    if (target === undefined || transportFacts[target.transport].isReliable || this.draft.nextHop.params.has('transport')) return false;
    const flow = await this.host.open(target).catch(() => undefined);
    return flow !== undefined && requestBytes(this.draft, this.host.localEnd(flow), newBranch(this.host)).length > this.host.udpMaxSize;
  }

  async #overStreams(): Promise<Outcome> {
    try {
      return await this.#tryEach(await this.host.resolve(this.draft.nextHop, 'streams'));
    } catch (error) {
      return transportOutcome(error);
    }
  }

  /**
   * RFC 3263 4.3: a client that failed (a transport failure, a timeout of the transaction, a 503) "retries the request with the
   * next" target. A response says more than the failures after it.
   */
  async #tryEach(targets: readonly Target[]): Promise<Outcome> {
    this.#best = { local: 'transport' };
    for (const target of targets) {
      if (this.#givenUp) break;
      const outcome = await this.#attempt(target);
      if (outcome.response !== undefined || this.#best.response === undefined) this.#best = outcome;
      if (outcome.response !== undefined && outcome.response.status !== 503) break;
    }
    return this.#best;
  }

  /** A connection that was kept and turns out to be dead says nothing about the server: a new one is opened, once. */
  async #attempt(target: Target): Promise<Outcome> {
    try {
      const flow = await this.host.open(target, this.#use);
      const { isUsed } = flow;
      const outcome = await this.#over(flow);
      return isUsed && outcome.local === 'transport' && !this.#givenUp ? await this.#over(await this.host.open(target, this.#use)) : outcome;
    } catch (error) {
      return transportOutcome(error);
    }
  }

  async #over(flow: Flow): Promise<Outcome> {
    try {
      return this.#givenUp ? { local: 'timeout' } : await this.#transact(flow);
    } finally {
      flow.release();
    }
  }

  /** A Contact tells where to send what comes later. */
  get #use(): FlowUse {
    const { contactUser, headers } = this.draft;
    return contactUser !== undefined || headers.some(([name]) => name === 'Contact') ? 'lasting' : 'request';
  }

  async #transact(flow: Flow): Promise<Outcome> {
    const attempt = new Attempt(this.host, this.draft, flow);
    this.#sent = true;
    this.#abandon = () => { attempt.giveUp(); };
    return await attempt.outcome;
  }
}

/** One request over one flow. */
class Attempt implements TransactionUser {
  readonly outcome: Promise<Outcome>;
  readonly #bytes: Uint8Array;
  readonly #local: LocalEnd;
  readonly #transaction: NonInviteClient;
  #settle: (outcome: Outcome) => void = () => undefined;

  /** Throws what the table of transactions does. */
  constructor(host: UacHost, draft: Draft, private readonly flow: Flow) {
    const local = this.#local = host.localEnd(flow);
    // RFC 3263 4.3: "The new transaction MUST have a different branch ID".
    const branch = newBranch(host);
    this.#bytes = requestBytes(draft, local, branch);
    this.outcome = new Promise((resolve) => (this.#settle = resolve));
    this.#transaction = host.clients.start({ branch, method: draft.method, sentBy: local }, transportFacts[flow.transport].isReliable, host.timers, this);
    flow.watch(this.#transaction);
  }

  transmit(transaction: NonInviteClient): void {
    this.flow.send(this.#bytes, transaction);
  }

  responded(response: Message): void {
    this.#end({ response, end: this.#local });
  }

  timedOut(): void {
    this.#end({ local: 'timeout' });
  }

  transportFailed(error: unknown): void {
    this.#end({ local: 'transport', error });
  }

  giveUp(): void {
    this.#transaction.terminate();
    this.#end({ local: 'timeout' });
  }

  #end(outcome: Outcome): void {
    this.flow.unwatch(this.#transaction);
    this.#settle(outcome);
  }
}

/** 8.1.1.7: a branch "MUST always begin with the characters "z9hG4bK"" and is "unique across space and time". */
export function newBranch(host: Pick<UacHost, 'randomHex'>): string {
  return `z9hG4bK${host.randomHex(12)}`;
}

function transportOutcome(error: unknown): Outcome {
  if (error instanceof NksipError && (error.code === 'transport_error' || error.code === 'resolve_failed')) return { local: 'transport', error };
  throw error;
}
