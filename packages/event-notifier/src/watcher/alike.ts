import { hash, randomBytes } from 'node:crypto';
import type { WatcherRecord } from './record.js';

/** With this key nobody can choose texts that all get the same number, which would make a table slow. */
const key = randomBytes(16).toString('hex');

/** The subscriptions of each watcher with each Contact, of one address and package that many watch. */
export class AlikeTable {
  /** Those that have the same number: one, or by chance or by intention several. */
  readonly #records = new Map<number, WatcherRecord | readonly WatcherRecord[]>();
  /** The number of each when it was added: core may have another Contact of it already. */
  readonly #numbers = new Map<WatcherRecord, number>();

  constructor(records: Iterable<WatcherRecord>) {
    for (const record of records) this.add(record);
  }

  add(record: WatcherRecord): void {
    const number = numberOf(record);
    const there = this.#of(number);
    this.#records.set(number, there.length === 0 ? record : [...there, record]);
    this.#numbers.set(record, number);
  }

  remove(record: WatcherRecord): void {
    const number = this.#numbers.get(record);
    if (number === undefined) return;
    this.#numbers.delete(record);
    const [first, ...others] = this.#of(number).filter((one) => one !== record);
    if (first === undefined) this.#records.delete(number);
    else this.#records.set(number, others.length === 0 ? first : [first, ...others]);
  }

  /** Its Contact or its source may be another one. */
  move(record: WatcherRecord): void {
    this.remove(record);
    this.add(record);
  }

  /** All that are alike, and perhaps others. */
  like(record: WatcherRecord): readonly WatcherRecord[] {
    return this.#of(numberOf(record));
  }

  #of(number: number): readonly WatcherRecord[] {
    const there = this.#records.get(number);
    if (there === undefined) return [];
    return isOne(there) ? [there] : there;
  }
}

function isOne(there: WatcherRecord | readonly WatcherRecord[]): there is WatcherRecord {
  return !Array.isArray(there);
}

/** From can be forged, so watchers that have not signed in are told apart by their address. The Contact is looked at last: it is made anew of its subscription. */
export function isAlike(one: WatcherRecord, other: WatcherRecord): boolean {
  if (one === other) return true;
  return one.user === other.user && (one.user !== undefined || hasSameHost(one, other)) && one.subscription.event === other.subscription.event && one.contact === other.contact;
}

function hasSameHost(one: WatcherRecord, other: WatcherRecord): boolean {
  return one.peer === other.peer || hostOf(one) === hostOf(other);
}

/** 30 bits: a small integer for V8. */
function numberOf(record: WatcherRecord): number {
  const { contact, user = hostOf(record), subscription: { event } } = record;
  return Number.parseInt(hash('sha256', `${key}\n${contact}\n${event}\n${user}`).slice(0, 8), 16) >>> 2;
}

function hostOf({ peer }: WatcherRecord): string {
  return peer.slice(0, peer.indexOf(' '));
}
