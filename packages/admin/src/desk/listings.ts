import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { resultInTime } from '@nksip-ts/core';
import { DeskError } from '../contract/desk-error.js';
import type { Page } from '../contract/objects.js';
import { deskErrorOf } from './faults.js';
import { MOST_LOOKED, Pace } from './pace.js';

/** Listings that are open at a time; the one that nobody has asked for the longest ends first. */
const MOST_OPEN = 32;
/** Milliseconds that an open listing waits to be asked for more. */
const IDLE = 60_000;
/** Milliseconds that a page may take, and that are spent looking for what matches. */
const PATIENCE = 3000;
const LOOKING = 500;
/** Characters of a page, after which it ends. */
const MOST_TEXT = 65_536;
/** Items of one stretch, before other work gets its turn. */
const STRETCH = 50;
/** Listings whose store has not answered and may never. */
const MOST_HANGING = 8;

/** Makes of one item what is shown of it, some or none. */
export type Show<T, V> = (item: T) => readonly V[];

interface Open {
  readonly iterator: AsyncIterator<unknown>;
  readonly show: Show<unknown, unknown>;
  /** How many pages were taken, and the last of them, for who asks for it again. */
  pages: number;
  last: Page<unknown> | undefined;
  isBusy: boolean;
  usedAt: number;
}

/**
 * Listings a page at a time: each holds the place in its store where the last page ended, so that no store is asked for all that it has, nor for
 * the same again. Bounded in number, time and size.
 */
export class Listings {
  readonly #open = new Map<string, Open>();
  readonly #pace = new Pace();
  #hanging = 0;
  #timer: NodeJS.Timeout | undefined;

  /** The next page of the listing `after`, or the first of a new one. Throws DeskError. */
  async page<T, V>(after: string | undefined, limit: number, begin: () => AsyncIterator<T>, show: Show<T, V>): Promise<Page<V>> {
    await this.#pace.turn();
    const [id, number] = after === undefined ? [this.#begin(begin, show as Show<unknown, unknown>), 0] : placeIn(after);
    const open = this.#open.get(id);
    if (open === undefined || open.isBusy) throw new DeskError('cursor_expired', 'This listing has ended: begin again, without after.');
    open.usedAt = performance.now();
    // Asked for twice: the answer was lost.
    if (number === open.pages - 1 && open.last !== undefined) return open.last as Page<V>;
    if (number !== open.pages) throw new DeskError('cursor_expired', 'This page has gone by: begin again, without after.');
    return await this.#next(id, open, limit) as Page<V>;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const id of [...this.#open.keys()]) this.#end(id);
  }

  #begin<T>(begin: () => AsyncIterator<T>, show: Show<unknown, unknown>): string {
    if (this.#hanging >= MOST_HANGING) throw storeHangs();
    const oldest = [...this.#open].filter(([, { isBusy }]) => !isBusy).sort(([, one], [, other]) => one.usedAt - other.usedAt)[0];
    if (this.#open.size >= MOST_OPEN && oldest !== undefined) this.#end(oldest[0]);
    if (this.#open.size >= MOST_OPEN) throw storeHangs();
    const id = randomBytes(9).toString('base64url');
    this.#open.set(id, { iterator: begin(), show, pages: 0, last: undefined, isBusy: false, usedAt: performance.now() });
    this.#timer ??= setInterval(() => { this.#endIdle(); }, IDLE / 2).unref();
    return id;
  }

  async #next(id: string, open: Open, limit: number): Promise<Page<unknown>> {
    open.isBusy = true;
    const filling = this.#fill(open, limit);
    try {
      const { items, isDone } = await resultInTime(filling, PATIENCE, storeHangs);
      open.pages++;
      open.last = { items, next: isDone ? null : `${id}.${open.pages}` };
      open.isBusy = false;
      if (isDone) this.#end(id);
      return open.last;
    } catch (error) {
      this.#open.delete(id);
      this.#hanging++;
      void filling.then(() => { void open.iterator.return?.().catch(() => undefined); }, () => undefined).finally(() => { this.#hanging--; });
      throw deskErrorOf(error);
    }
  }

  async #fill({ iterator, show }: Open, limit: number): Promise<{ readonly items: unknown[]; readonly isDone: boolean }> {
    const items: unknown[] = [];
    const until = performance.now() + LOOKING;
    let text = 0;
    let steps = 0;
    while (items.length < limit && text < MOST_TEXT && steps < MOST_LOOKED && performance.now() < until) {
      if (++steps % STRETCH === 0) await nextTurn();
      const { done, value } = await iterator.next();
      if (done === true) return { items, isDone: true };
      const views = show(value);
      this.#pace.spent(views.length);
      items.push(...views);
      for (const view of views) text += sizeOf(view);
    }
    return { items, isDone: false };
  }

  #endIdle(): void {
    const since = performance.now() - IDLE;
    for (const [id, { isBusy, usedAt }] of this.#open) if (!isBusy && usedAt < since) this.#end(id);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #end(id: string): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    if (open?.isBusy === false) void open.iterator.return?.().catch(() => undefined);
  }
}

function placeIn(after: string): readonly [id: string, page: number] {
  const [, id = '', page = ''] = /^([\w-]+)\.(\d{1,9})$/.exec(after) ?? [];
  return [id, Number(page)];
}

function storeHangs(): DeskError {
  return new DeskError('store_unavailable', 'The store does not answer in time: try again later.', { 'retry-after': '5' });
}

function sizeOf(view: unknown): number {
  const body = typeof view === 'object' && view !== null && 'body' in view ? view.body : undefined;
  return 100 + (typeof body === 'string' ? body.length : 0);
}
