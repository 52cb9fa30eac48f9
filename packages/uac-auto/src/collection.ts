import { NksipError, reasonOf } from '@nksip-ts/core';
import { refusal } from './errors.js';
import { Keeper, type KeeperParts } from './keep/keeper.js';
import type { Result } from './keep/judge.js';
import type { Work } from './keep/work.js';
import type { KeptRegistration } from './kept.js';

/** What is kept under an id. */
export interface Entry<W extends Work<R>, R extends Result> {
  readonly id: string;
  readonly work: W;
  readonly keeper: Keeper<R>;
  /** Of the last response that was told; undefined: none was. */
  wasOk: boolean | undefined;
  /** Why it was refused for good. */
  refusal: NksipError | undefined;
}

/** What a collection tells. */
export interface Watching<W extends Work<R>, R extends Result> {
  /** A response came, or not in time, or it has ended. */
  readonly updated: (entry: Entry<W, R>, result: R | undefined) => void;
  /** It is accepted now, or not any more. */
  readonly turned: (entry: Entry<W, R>, ok: boolean) => void;
  /** A request could not be made, and nobody waits for it. */
  readonly failed: (error: unknown) => void;
}

/** All that a service keeps alive of one kind, by id. */
export class Collection<W extends Work<R>, R extends Result> {
  readonly #entries = new Map<string, Entry<W, R>>();

  constructor(private readonly parts: KeeperParts, private readonly watching: Watching<W, R>) {}

  get size(): number {
    return this.#entries.size;
  }

  get all(): readonly Entry<W, R>[] {
    return [...this.#entries.values()];
  }

  get(id: string): Entry<W, R> | undefined {
    return this.#entries.get(id);
  }

  /** Throws `uac_auto_id_in_use`. */
  add(id: string, work: W): Entry<W, R> {
    if (this.#entries.has(id)) throw new NksipError('uac_auto_id_in_use', { id });
    const keeper = new Keeper(work, this.parts, (result, error) => { this.#told(entry, result, error); });
    const entry: Entry<W, R> = { id, work, keeper, wasOk: undefined, refusal: undefined };
    this.#entries.set(id, entry);
    return entry;
  }

  /** Rejects where the removal cannot be sent; it is forgotten all the same. */
  async stop(entry: Entry<W, R>, seconds?: number): Promise<R | undefined> {
    let result: R | undefined;
    try {
      result = await entry.keeper.stop(seconds);
      return result;
    } finally {
      if (this.#forget(entry)) this.#tell(entry, result);
    }
  }

  close(): void {
    for (const { keeper } of this.#entries.values()) keeper.close();
    this.#entries.clear();
  }

  #told(entry: Entry<W, R>, result: R | undefined, error: unknown): void {
    const isOver = entry.keeper.state === 'ended';
    if (isOver && result !== undefined) entry.refusal = refusal(entry.id, entry.work.uri, result);
    if (isOver) this.#forget(entry);
    if (error !== undefined) this.watching.failed(error);
    if (result !== undefined || entry.wasOk !== undefined) this.#tell(entry, result);
  }

  #forget({ id }: Entry<W, R>): boolean {
    return this.#entries.delete(id);
  }

  #tell(entry: Entry<W, R>, result: R | undefined): void {
    const ok = entry.keeper.state === 'ok';
    const hasTurned = entry.wasOk !== ok;
    entry.wasOk = ok;
    this.watching.updated(entry, result);
    if (hasTurned) this.watching.turned(entry, ok);
  }
}

/** As programs see it. */
export function viewOf<R extends Result>({ id, work, keeper }: Entry<Work<R>, R>): KeptRegistration {
  const { state, secondsLeft, secondsToNext } = keeper;
  return { id, uri: work.uri, ok: state === 'ok', state, expires: secondsLeft, ...(secondsToNext !== undefined && { next: secondsToNext }) };
}

/** In a line of the log. */
export function outcomeOf(result: Result): string {
  if (result.local === 'timeout') return 'no response came in time';
  if (result.local === 'transport') return `it could not be sent${result.error === undefined ? '' : `: ${reasonOf(result.error)}`}`;
  return `the response was ${result.code}`;
}
