import { NksipError } from '../errors.js';
import type { MemoryAccount, Tally } from '../memory/account.js';
import { IdleWaiters } from '../transaction/idle-waiters.js';
import type { Outcome } from '../uac/send.js';
import type { Notified, NotifyJob, NotifyOptions, SubscriptionState, SubscriptionStatus } from './contract.js';
import { secondsLeft, type Entry } from './entry.js';
import { Promised, Telling } from './job-owners.js';
import { Job, Line, mostWaiting, underWayCost, type JobOwner } from './line.js';
import { endsSubscription } from './notify-outcome.js';
import type { NotifyOwner, Sender } from './sending.js';
import type { SubscriptionTable } from './table.js';
import type { Teller } from './tell.js';

export interface LinesParts {
  readonly table: SubscriptionTable;
  readonly teller: Teller;
  readonly memory: MemoryAccount;
  readonly sender: Sender;
}

/** The NOTIFYs of all subscriptions of which we are the notifier, each in its line, and how subscriptions end. */
export class Lines implements NotifyOwner {
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

  /** Sends a NOTIFY behind those that wait. Rejects with `subscription_not_found` and `queue_full`. */
  notify(entry: Entry, options: NotifyOptions): Promise<Notified> {
    // It may wait, and be sent again: what the program does with its buffer meanwhile changes nothing of it.
    const own = options.body instanceof Uint8Array ? { ...options, body: new Uint8Array(options.body) } : options;
    return new Promise((resolve, reject) => { this.#add(entry, own, new Promised(resolve, reject)); });
  }

  /** The same without a promise. */
  send(entry: Entry, job: NotifyJob): void {
    this.#add(entry, job, new Telling(job));
  }

  #add(entry: Entry, options: NotifyOptions, owner: JobOwner): void {
    if (entry.phase === 'last' || entry.phase === 'over') return owner.refused(notFound(entry.handle));
    const line = (entry.line ??= new Line());
    const job = new Job(options, bytesOf(options.body), owner);
    if (!line.hasRoom(job)) return owner.refused(new NksipError('queue_full', { what: 'a NOTIFY of one subscription', limit: mostWaiting }));
    if (options.timeout !== undefined) job.timer = setTimeout(() => { this.#late(entry, job); }, 1000 * options.timeout);
    this.#jobs++;
    this.#held.add(job.bytes);
    line.add(job);
    this.#next(entry);
  }

  /** Its time is over: unless something waits that will say so, a NOTIFY without a body does (RFC 6665 4.2.1.4). */
  sayGoodbye(entry: Entry): void {
    if (entry.phase !== 'ending' || entry.line?.hasWaiting === true) return;
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
    for (let job = line.next(); job !== undefined; job = line.next()) {
      this.#leave(job);
      job.owner.refused(notFound(entry.handle));
    }
    if (line.isIdle) entry.line = undefined;
  }

  /** What came of a NOTIFY. */
  sent(entry: Entry, job: Job, outcome: Outcome): void {
    this.#over(entry, job);
    const code = endsSubscription(outcome, job.options.on_timeout);
    if (entry.phase === 'last') this.#forget(entry);
    else if (code !== undefined) this.end(entry, ['terminated', ['code', code]]);
    this.#next(entry);
    // Last: whoever is told may send the next one.
    job.owner.answered(outcome);
  }

  accepted(entry: Entry, job: Job): void {
    this.#over(entry, job);
    if (entry.phase === 'last') this.#forget(entry);
    this.#next(entry);
    job.owner.accepted();
  }

  #over(entry: Entry, job: Job): void {
    const { line } = entry;
    if (line?.underWay === job) line.underWay = undefined;
    job.sending = undefined;
    this.#held.add(-underWayCost);
    this.#leave(job);
  }

  #leave(job: Job): void {
    clearTimeout(job.timer);
    this.#held.add(-job.bytes);
    if (--this.#jobs === 0) this.#idle.tell();
  }

  #late(entry: Entry, job: Job): void {
    if (job.sending !== undefined) return job.sending.abandon();
    if (entry.line?.remove(job) !== true) return;
    this.#leave(job);
    this.sayGoodbye(entry);
    job.owner.answered({ local: 'timeout' });
  }

  #next(entry: Entry): void {
    const { line } = entry;
    if (line === undefined || line.holds > 0 || line.underWay !== undefined) return;
    const job = line.next();
    if (job === undefined) {
      entry.line = undefined;
      return;
    }
    line.underWay = job;
    this.#held.add(underWayCost);
    this.parts.sender.send(entry, job, this.#enter(entry, job.options.subscription_state ?? 'active'), this);
  }

  /** What Subscription-State says (RFC 6665 4.2.2, 8.4), and what the subscription becomes by it. */
  #enter(entry: Entry, given: SubscriptionState): string {
    if (isTerminated(given)) return this.#enterLast(entry, given);
    if (entry.phase === 'ending') return this.#enterLast(entry, ['terminated', 'timeout']);
    const [state, seconds] = typeof given === 'string' ? [given] : given;
    const now = performance.now();
    if (seconds !== undefined && seconds < secondsLeft(entry, now)) {
      this.parts.table.setDeadline(entry, Math.floor(now) + 1000 * seconds);
    }
    if (entry.status !== state) this.parts.teller.status(entry, state);
    return state;
  }

  #enterLast(entry: Entry, [, reason, retryAfter]: Extract<SubscriptionState, readonly ['terminated', ...unknown[]]>): string {
    const isTold = entry.phase === 'ending';
    entry.phase = 'last';
    if (!isTold) this.parts.teller.status(entry, retryAfter === undefined ? ['terminated', reason] : ['terminated', reason, retryAfter]);
    return retryAfter === undefined ? `terminated;reason=${reason}` : `terminated;reason=${reason};retry-after=${retryAfter}`;
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

function bytesOf(body: NotifyOptions['body']): Uint8Array | undefined {
  if (body === undefined || body.length === 0) return undefined;
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}

export function notFound(handle: unknown): NksipError {
  return new NksipError('subscription_not_found', { subscription: handle });
}
