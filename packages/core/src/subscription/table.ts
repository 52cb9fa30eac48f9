import type { Message } from '@nksip-ts/sip';
import { isWithin } from '../dialog/dialog.js';
import { TextTable } from '@nksip-ts/memory';
import type { MemoryAccount, Tally } from '../memory/account.js';
import { TO_TAG_LENGTH } from '../transaction/server-key.js';
import { Deadlines } from './deadlines.js';
import { costOf, tagIn, type Entry } from './entry.js';

/** The subscriptions of which a service is the notifier, by our tags in their dialogs. */
export class SubscriptionTable {
  readonly #entries = new TextTable<Entry>({ hash: (entry) => entry.tagHash(TO_TAG_LENGTH), is: (entry, tag) => entry.hasTag(tag) });
  readonly #deadlines: Deadlines<Entry>;
  readonly #held: Tally;

  /** `due`: the deadline of a subscription has passed. */
  constructor(memory: MemoryAccount, due: (entry: Entry) => void) {
    this.#held = memory.tally('subscriptions');
    this.#deadlines = new Deadlines(due);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(handle: string): Entry | undefined {
    const tag = typeof handle === 'string' ? tagIn(handle) : undefined;
    return tag === undefined ? undefined : this.#entries.get(tag);
  }

  /** The one that a SUBSCRIBE of the peer belongs to. */
  of(request: Pick<Message, 'callId' | 'toTag' | 'fromTag'>): Entry | undefined {
    const entry = this.#entries.get(request.toTag);
    return entry !== undefined && isWithin(entry, request) ? entry : undefined;
  }

  all(): readonly Entry[] {
    return this.#entries.values();
  }

  add(entry: Entry): void {
    this.#entries.add(entry);
    this.#held.add(costOf(entry));
  }

  /** Changes what an entry holds, and keeps count of it. */
  change(entry: Entry, work: () => void): void {
    const before = costOf(entry);
    work();
    if (this.#entries.get(entry.localTag) === entry) this.#held.add(costOf(entry) - before);
  }

  /** `dueAt`: milliseconds by performance.now(). */
  setDeadline(entry: Entry, dueAt: number): void {
    this.#deadlines.set(entry, dueAt);
  }

  /** False: it was not there. */
  remove(entry: Entry): boolean {
    this.#deadlines.remove(entry);
    if (!this.#entries.delete(entry)) return false;
    this.#held.add(-costOf(entry));
    return true;
  }

  /** No deadline passes any more. */
  close(): void {
    this.#deadlines.close();
  }
}
