import sinon from 'sinon';
import { type MaybePromise, type MemoryUsage, type NksipError, type Notified, type NotifyJob, type NotifyOptions, type ServiceFault, type SipReply, type SipRequest, type SubscriptionStatus } from '@nksip-ts/core';
import { options, type StateDocument, type Watcher, type WatcherDecision } from '@nksip-ts/event-notifier';
import type { Aor } from '@nksip-ts/sip';
import type { z } from 'zod';
import { Notifier } from '../../packages/event-notifier/src/notifier.ts';
import type { NotifierConfig } from '../../packages/event-notifier/src/options.ts';
import { MemoryAccount } from '@nksip-ts/core';
import { answerOf, CompositorUnderTest, type Setup as CompositorSetup } from '../event-compositor/compositor-under-test.ts';
import type { PublishParts } from '../kit/sip-request.ts';
import { subscribeRequest, type SubscribeParts } from './subscribe-request.ts';
import { pidf, tuple } from './documents.ts';

export interface Setup {
  readonly options?: z.input<typeof options>;
  readonly events?: readonly string[];
  readonly store?: CompositorSetup['store'];
  /** sip_max_memory. */
  readonly memory?: number;
  authorize?(watcher: Watcher, req: SipRequest | undefined): MaybePromise<WatcherDecision>;
  state?(aor: Aor, event: string): MaybePromise<StateDocument | 'none'>;
}

/** A NOTIFY as it was handed to core. */
export interface SentNotify {
  readonly handle: string;
  readonly options: NotifyOptions;
  /** `active`, `pending`, or `terminated;timeout`. */
  readonly state: string;
  readonly body: string;
  /** What becomes of it; 200 unless `answers` says otherwise. */
  answer(outcome: Outcome): void;
}

/** A code, with seconds for Retry-After, or no answer at all, or what `notify` rejects with. */
export type Outcome = number | readonly [code: number, retryAfter: number] | 'timeout' | 'transport' | Error;

const eventNames = ['start', 'refresh', 'notified', 'failed', 'pending', 'terminated'] as const;

/** One service with compositor and notifier, and in place of core something that notes what is sent. The clock is to be a fake one. */
export class NotifierUnderTest {
  readonly compositor: CompositorUnderTest;
  readonly notifier: Notifier;
  readonly sent: SentNotify[] = [];
  readonly told: string[] = [];
  readonly faults: unknown[] = [];
  readonly logged: string[] = [];
  /** Handles of subscriptions that were ended without a NOTIFY. */
  readonly forgotten: string[] = [];
  readonly memory: MemoryAccount;
  config: NotifierConfig;
  /** What becomes of a NOTIFY at once; 'later': `answer` of it says so. */
  answers: (sent: SentNotify) => Outcome | 'later' = () => 200;

  constructor({ options: given = {}, events = ['presence', 'dialog', 'message-summary', 'weather'], store, memory = 2 ** 30, authorize, state }: Setup = {}) {
    this.compositor = new CompositorUnderTest({ events, ...(store !== undefined && { store }) });
    this.memory = new MemoryAccount(memory);
    this.config = { ...options.parse({ sip_event_notifier_default_decision: 'allow', ...given }), sip_events: events, sip_event_compositor_store_timeout: 5 } as NotifierConfig;
    const ask = async (callback: string, args: readonly unknown[]): Promise<unknown> => {
      if (callback === 'sip_event_notifier_authorize') return authorize === undefined ? this.config.sip_event_notifier_default_decision : await authorize(args[0] as Watcher, args[1] as SipRequest | undefined);
      return state === undefined ? 'none' : await state(args[0] as Aor, String(args[1]));
    };
    const config = (): NotifierConfig => this.config;
    this.notifier = new Notifier({
      id: 'server', get config() { return config() as never; }, events: this.compositor.events as never, memory: this.memory,
      log: { level: 'info', isLevelEnabled: () => true, debug: () => undefined, info: (fields, message) => { this.logged.push(`${message} ${JSON.stringify(fields)}`); }, warn: () => undefined, error: () => undefined },
      fault: (error) => { this.faults.push(error); },
      call: async (callback, args, end) => { const value = await ask(callback, args); return end === undefined ? value as never : await end(value, 'server', callback, undefined); },
      notify: (handle, sentOptions) => this.#notify(handle, sentOptions),
      subscriptions: { handleOf: (req) => `U_${req.message.callId}`, get: () => 'not_found', all: () => [], send: (handle, job) => { this.#send(handle, job); }, end: (handle) => { this.forgotten.push(handle); return 'ok'; } },
    }, this.compositor.compositor);
    this.notifier.follow(this.compositor.compositor);
    for (const name of eventNames) {
      this.compositor.events.on(`event_notifier:${name}` as 'event_notifier:terminated', (watcher, more: unknown) => { this.told.push(`${name} ${watcher.id}${more === undefined ? '' : ` ${JSON.stringify(more)}`}`); });
    }
  }

  /** Answers a SUBSCRIBE, and has the answer leave. */
  async ask(parts: SubscribeParts = {}): Promise<{ readonly reply: SipReply; readonly handle: string; readonly text: string }> {
    const { req, reply: left } = subscribeRequest(parts);
    const reply = await this.notifier.subscribe(req);
    left(isOk(reply) ? 200 : 500);
    return { reply, handle: `U_${req.message.callId}`, text: answerOf(reply).code };
  }

  /** The handle of a new subscription. */
  async watch(parts: SubscribeParts = {}): Promise<string> {
    const { reply, handle } = await this.ask(parts);
    if (!isOk(reply)) throw new Error(`Not subscribed: ${JSON.stringify(reply)}`);
    return handle;
  }

  async refresh(handle: string, parts: SubscribeParts = {}): Promise<SipReply> {
    return (await this.ask({ toTag: 'ours', callId: handle.slice(2), ...parts })).reply;
  }

  /** Publishes for alice; answers the tag. */
  async publish(body: string, parts: PublishParts = {}): Promise<string> {
    return await this.compositor.stored({ uri: 'sip:alice@example.com', body, ...parts });
  }

  /** A presence document with one tuple. */
  async present(basic: 'open' | 'closed', parts: PublishParts = {}): Promise<string> {
    return await this.publish(pidf(tuple('t', basic)), parts);
  }

  /** The states and bodies of what was sent to one watcher. */
  bodies(handle: string): readonly string[] {
    return this.sent.filter((one) => one.handle === handle).map(({ body }) => body);
  }

  states(handle: string): readonly string[] {
    return this.sent.filter((one) => one.handle === handle).map(({ state }) => state);
  }

  watcher(handle: string): Watcher {
    const found = [...this.notifier.watchers()].find(({ id }) => id === handle);
    if (found === undefined) throw new Error(`${handle} does not watch`);
    return found;
  }

  get size(): number {
    return [...this.notifier.watchers()].length;
  }

  /** What core tells: the subscription is over. */
  end(handle: string, status: SubscriptionStatus): void {
    const subscription = { handle } as Parameters<Notifier['told']>[1];
    this.notifier.told(['subscription_status', status, subscription], subscription);
  }

  async close(): Promise<void> {
    this.notifier.close();
    await this.compositor.compositor.close();
  }

  #send(handle: string, job: NotifyJob): void {
    const { subscription_state, body, content_type, on_timeout } = job;
    const hasBody = body !== undefined && body.length > 0;
    this.#notify(handle, { ...(subscription_state !== undefined && { subscription_state }), ...(on_timeout !== undefined && { on_timeout }), ...(hasBody && { body, ...(content_type !== undefined && { content_type }) }) })
      .then((answer) => { if (answer.ok) job.accepted(); else job.failed(answer); }, (error: unknown) => { job.refused(error); });
  }

  #notify(handle: string, sentOptions: NotifyOptions): Promise<Notified> {
    let answer: (outcome: Outcome) => void = () => undefined;
    const answered = new Promise<Notified>((resolve, reject) => {
      answer = (outcome) => { if (outcome instanceof Error) reject(outcome); else resolve(notifiedOf(outcome)); };
    });
    const { subscription_state: state = 'active', body = '' } = sentOptions;
    const one: SentNotify = { handle, options: sentOptions, state: typeof state === 'string' ? state : state.join(';'), body: Buffer.from(body as Uint8Array).toString(), answer };
    this.sent.push(one);
    const outcome = this.answers(one);
    if (outcome !== 'later') one.answer(outcome);
    return answered;
  }
}

export type { MemoryUsage, NksipError, ServiceFault };

export function isOk(reply: SipReply): boolean {
  return Array.isArray(reply) && reply[0] === 'ok';
}

function notifiedOf(outcome: Exclude<Outcome, Error>): Notified {
  if (outcome === 'timeout') return { ok: false, code: 408, meta: {}, local: 'timeout' };
  if (outcome === 'transport') return { ok: false, code: 503, meta: {}, local: 'transport' };
  const [code, retryAfter] = typeof outcome === 'number' ? [outcome, undefined] : outcome;
  const response = { code, reason: '', body: new Uint8Array(0), header: () => [] };
  return code < 300 ? { ok: true, code, response } : { ok: false, code, response, meta: retryAfter === undefined ? {} : { retry_after: retryAfter } };
}

/** Notifiers on a fake clock, for the tests of one suite; closed after each of them. */
export class NotifiersOnFakeClock {
  clock!: sinon.SinonFakeTimers;
  #open: NotifierUnderTest[] = [];

  constructor() {
    beforeEach(() => { this.clock = sinon.useFakeTimers({ now: 1_800_000_000_000 }); });
    afterEach(async () => {
      for (const one of this.#open.splice(0)) await one.close();
      this.clock.restore();
    });
  }

  readonly make = (setup: Setup = {}): NotifierUnderTest => {
    const made = new NotifierUnderTest(setup);
    this.#open.push(made);
    return made;
  };

  /** What is due in so many milliseconds is done. */
  readonly pass = async (ms = 0): Promise<void> => { await this.clock.tickAsync(ms + 1); };
}
