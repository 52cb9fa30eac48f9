import { NksipError } from '../errors.js';
import type { MemoryAccount, Tally } from '../memory/account.js';
import { IdleWaiters } from '../transaction/idle-waiters.js';
import type { Outcome } from '../uac/send.js';
import type { Notified, NotifyOptions, SubscriptionState, SubscriptionStatus } from './contract.js';
import { secondsLeft, type Entry } from './entry.js';
import { jobBytes, Line, mostWaiting, type Job } from './line.js';
import { endsSubscription, notifiedOf } from './notify-outcome.js';
import type { SubscriptionTable } from './table.js';
import type { Teller } from './tell.js';

export interface LinesParts {
  readonly table: SubscriptionTable;
  readonly teller: Teller;
  readonly memory: MemoryAccount;
  /** Sends one NOTIFY, whose Subscription-State this is, and calls `done` once. */
  readonly send: (entry: Entry, job: Job, state: string, done: (outcome: Outcome) => void) => void;
}

/** The NOTIFYs of all subscriptions of which we are the notifier, each in its line, and how subscriptions end. */
export class Lines {
  readonly #held: Tally;
  readonly #idle = new IdleWaiters();
  #jobs = 0;

  constructor(private readonly parts: LinesParts) {
    this.#held = parts.memory.tally('subscriptions');
  }

  /** Resolves when no NOTIFY is under way or waits. */
  async whenIdle(): Promise<void> {
    if (this.#jobs > 0) await this.#idle.wait();
  }

  /** Nothing leaves until `release` is called as often. */
  hold(entry: Entry): void {
    (entry.line ??= new Line()).holds++;
  }

  release(entry: Entry): void {
    if (entry.line === undefined) return;
    entry.line.holds--;
    this.#next(entry);
  }

  /** Sends a NOTIFY behind those that wait. Throws `subscription_not_found` and `queue_full`. */
  notify(entry: Entry, options: NotifyOptions): Promise<Notified> {
    if (entry.phase === 'last' || entry.phase === 'over') throw notFound(entry.handle);
    const line = (entry.line ??= new Line());
    return new Promise((resolve, reject) => {
      const job = this.#jobOf(entry, options, resolve, reject);
      if (line.waiting.length > 0 && line.bytes + jobBytes(job) > mostWaiting) {
        job.fail(new NksipError('queue_full', { what: 'a NOTIFY of one subscription', limit: mostWaiting }));
        return;
      }
      line.bytes += jobBytes(job);
      line.waiting.push(job);
      this.#next(entry);
    });
  }

  /** Its time is over: unless something waits that will say so, a NOTIFY without a body does (RFC 6665 4.2.1.4). */
  sayGoodbye(entry: Entry): void {
    if (entry.phase !== 'ending' || (entry.line?.waiting.length ?? 0) > 0) return;
    this.notify(entry, { subscription_state: ['terminated', 'timeout'] }).catch(() => undefined);
  }

  /** Ends a subscription without another NOTIFY. */
  end(entry: Entry, status: SubscriptionStatus): void {
    if (entry.phase === 'over') return;
    // What is at its end was told already.
    if (entry.phase === 'alive') this.parts.teller.status(entry, status);
    this.#forget(entry);
  }

  /** What waits has nowhere to go. */
  clear(entry: Entry): void {
    const { line } = entry;
    if (line === undefined) return;
    const jobs = line.waiting.splice(0);
    line.bytes = 0;
    for (const job of jobs) job.fail(notFound(entry.handle));
    if (line.isIdle) entry.line = undefined;
  }

  #jobOf(entry: Entry, options: NotifyOptions, resolve: (result: Notified) => void, reject: (error: unknown) => void): Job {
    const { body, timeout } = options;
    const bytes = jobBytesOf(body);
    const timer = timeout === undefined ? undefined : setTimeout(() => { this.#late(entry, job); }, 1000 * timeout);
    const leave = (): void => {
      clearTimeout(timer);
      this.#held.add(-jobBytes(job));
      if (--this.#jobs === 0) this.#idle.tell();
    };
    const job: Job = {
      options, body: bytes, abandon: undefined,
      settle: (result) => { leave(); resolve(result); },
      fail: (error) => { leave(); reject(error); },
    };
    this.#jobs++;
    this.#held.add(jobBytes(job));
    return job;
  }

  #late(entry: Entry, job: Job): void {
    if (job.abandon !== undefined) return job.abandon();
    const { line } = entry;
    const at = line?.waiting.indexOf(job) ?? -1;
    if (line === undefined || at < 0) return;
    line.waiting.splice(at, 1);
    line.bytes -= jobBytes(job);
    job.settle(notifiedOf({ local: 'timeout' }));
    this.sayGoodbye(entry);
  }

  #next(entry: Entry): void {
    const { line } = entry;
    if (line === undefined || line.holds > 0 || line.underWay !== undefined) return;
    const job = line.waiting.shift();
    if (job === undefined) {
      entry.line = undefined;
      return;
    }
    line.bytes -= jobBytes(job);
    line.underWay = job;
    const state = this.#enter(entry, job.options.subscription_state ?? 'active');
    this.parts.send(entry, job, state, (outcome) => { this.#done(entry, line, job, outcome); });
  }

  /** What Subscription-State says (RFC 6665 4.2.2, 8.4), and what the subscription becomes by it. */
  #enter(entry: Entry, given: SubscriptionState): string {
    if (isTerminated(given)) return this.#enterLast(entry, given);
    if (entry.phase === 'ending') return this.#enterLast(entry, ['terminated', 'timeout']);
    const [state, seconds] = typeof given === 'string' ? [given] : given;
    const now = performance.now();
    if (seconds !== undefined && seconds < secondsLeft(entry, now)) {
      entry.expiresAt = Math.floor(now) + 1000 * seconds;
      this.parts.table.setDeadline(entry, entry.expiresAt);
    }
    if (entry.status !== state) this.parts.teller.status(entry, state);
    return `${state};expires=${secondsLeft(entry, now)}`;
  }

  #enterLast(entry: Entry, [, reason, retryAfter]: Extract<SubscriptionState, readonly ['terminated', ...unknown[]]>): string {
    const isTold = entry.phase === 'ending';
    entry.phase = 'last';
    if (!isTold) this.parts.teller.status(entry, retryAfter === undefined ? ['terminated', reason] : ['terminated', reason, retryAfter]);
    return retryAfter === undefined ? `terminated;reason=${reason}` : `terminated;reason=${reason};retry-after=${retryAfter}`;
  }

  #done(entry: Entry, line: Line, job: Job, outcome: Outcome): void {
    line.underWay = undefined;
    job.abandon = undefined;
    job.settle(notifiedOf(outcome));
    const code = endsSubscription(outcome, job.options.on_timeout);
    if (entry.phase === 'last') this.#forget(entry);
    else if (code !== undefined) this.end(entry, ['terminated', ['code', code]]);
    this.#next(entry);
  }

  #forget(entry: Entry): void {
    entry.phase = 'over';
    if (this.parts.table.remove(entry)) this.parts.teller.tell(entry, 'stop');
    this.clear(entry);
  }
}

function isTerminated(state: SubscriptionState): state is Extract<SubscriptionState, readonly ['terminated', ...unknown[]]> {
  return state[0] === 'terminated';
}

function jobBytesOf(body: NotifyOptions['body']): Uint8Array | undefined {
  if (body === undefined || body.length === 0) return undefined;
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}

export function notFound(handle: unknown): NksipError {
  return new NksipError('subscription_not_found', { subscription: handle });
}
