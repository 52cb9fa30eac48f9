import { hash } from 'node:crypto';
import { isThenable, NksipError, resultInTime, type MaybePromise } from '@nksip-ts/core';
import { checked } from '../package/checked.js';
import type { StateDocument, WatchedState } from '../package/event-package.js';
import { Fifo } from '../schedule/fifo.js';
import { pauseAfter } from '../schedule/retry-pauses.js';
import { Timetable } from '../schedule/timetable.js';
import { flat, nobody, type Composed, type Waiting, type Watched } from '../watcher/record.js';
import { KeptDocuments } from './kept-documents.js';
import { readState, type ReadState, type StateSources } from './read-state.js';

/** How many addresses are composed at a time, so that a store is not asked for all at once; and for how many milliseconds of one turn of the event loop they are begun. */
const AT_A_TIME = 64, SLICE = 5;
/** Milliseconds after which an address whose state is not there yet no longer counts among these: it must not delay all others. */
const SLOW = 1000;
/** Milliseconds; how late the end of a publication may be noticed if the store does not report it. */
const TICK = 1000;
/** Characters of base64: 132 bits. */
const MARK_LENGTH = 22;

export interface ComposerPorts extends StateSources {
  /** The documents of this address have been composed; they may be the same as before. */
  composed(watched: Watched): void;
  fault(error: unknown): void;
  /** Seconds that reading the state may take. */
  patience(): number;
}

/**
 * Makes the documents of watched addresses: once for each change and media type, for all watchers. An address is composed by one run at a time;
 * a change meanwhile leads to another run. When the next publication ends is known from the listing.
 */
export class Composer {
  readonly #kept: KeptDocuments;
  readonly #queue = new Fifo<Watched>();
  readonly #timetable = new Timetable<Watched>(TICK, (watched) => { this.changed(watched); });
  #underWay = 0;
  /** Until when addresses are begun in this turn. */
  #until = 0;
  #turn: NodeJS.Immediate | undefined;

  constructor(private readonly ports: ComposerPorts, room?: number) {
    this.#kept = new KeptDocuments(room);
  }

  /** Bytes of the documents that are kept. */
  get bytes(): number {
    return this.#kept.bytes;
  }

  /** The newest document of a type, with its bytes. Rejects with what the store or the package threw. */
  need(watched: Watched, type: string): MaybePromise<Composed> {
    const known = watched.isDirty || watched.isComposing ? undefined : watched.known(type);
    if (known?.document !== undefined) return known;
    watched.take(type);
    return new Promise((resolve, reject) => {
      const waiting = { type, resolve, reject };
      if (watched.waiting === nobody) watched.waiting = [waiting];
      else watched.waiting.push(waiting);
      this.#start(watched);
    });
  }

  /** A publication of this address has changed. If no watcher may see it, nothing is read. */
  changed(watched: Watched): void {
    watched.isDirty = true;
    if (watched.documents.length > 0) this.#start(watched);
  }

  /** A publication ends at this time of day (seconds), perhaps sooner than the next end that is known. */
  endsAt(watched: Watched, seconds: number): void {
    const at = momentOf(seconds);
    if (watched.due === 0 || at < watched.due * TICK) this.#timetable.set(watched, at);
  }

  /** Nobody watches it any more. */
  forget(watched: Watched): void {
    this.#timetable.cancel(watched);
    this.#kept.forget(watched);
  }

  /** Nothing more is begun: whoever waits for a turn is told. */
  close(): void {
    this.#timetable.close();
    clearImmediate(this.#turn);
    const stopped = new NksipError('store_unavailable', { reason: 'the service stops' });
    for (let watched = this.#queue.shift(); watched !== undefined; watched = this.#queue.shift()) refuse(watched.waiting, stopped);
  }

  #start(watched: Watched): void {
    if (watched.isComposing) return;
    watched.isComposing = true;
    this.#queue.push(watched);
    if (this.#queue.size === 1) void Promise.resolve().then(this.#next);
  }

  /** Not at each change: what changes several times in one step of the program is composed once. */
  readonly #next = (): void => {
    while (this.#queue.size > 0 && this.#underWay < AT_A_TIME && this.#mayBegin()) {
      const watched = this.#queue.shift();
      if (watched !== undefined) this.#begin(watched);
    }
  };

  #begin(watched: Watched): void {
    this.#underWay++;
    const rounds = this.#rounds(watched);
    if (isThenable(rounds)) this.#leaveLater(rounds);
    else this.#underWay--;
  }

  #leaveLater(rounds: Promise<void>): void {
    let hasPlace = true;
    const leave = (): void => {
      if (hasPlace) this.#underWay--;
      hasPlace = false;
      this.#next();
    };
    const timer = setTimeout(leave, SLOW).unref();
    void rounds.finally(() => {
      clearTimeout(timer);
      leave();
    });
  }

  /** Whether this turn has time left: a store in RAM would fill it with all that has changed. */
  #mayBegin(): boolean {
    if (this.#turn !== undefined) return performance.now() < this.#until;
    this.#until = performance.now() + SLICE;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#next();
    });
    return true;
  }

  #rounds(watched: Watched): MaybePromise<void> {
    const first = this.#round(watched);
    return isThenable(first) || needsMore(watched) ? this.#moreRounds(watched, first) : this.#done(watched);
  }

  async #moreRounds(watched: Watched, first: MaybePromise<void>): Promise<void> {
    await first;
    while (needsMore(watched)) {
      // Watchers do not wait for the next round: whoever changes the state, or fetches it, may have another one made each time.
      if (watched.hasNews) this.#tell(watched);
      // Whoever is asked for the state may say each time that it has changed: the rest of the process has its turn between.
      if (watched.waiting.length === 0) await turn();
      await this.#round(watched);
    }
    this.#done(watched);
  }

  #done(watched: Watched): void {
    watched.isComposing = false;
    this.#tell(watched);
  }

  #tell(watched: Watched): void {
    watched.hasNews = false;
    this.ports.composed(watched);
  }

  #round(watched: Watched): MaybePromise<void> {
    const served = watched.waiting;
    watched.waiting = nobody;
    watched.isDirty = false;
    try {
      const read = readState(this.ports, watched.aor, watched.pack.name);
      return isThenable(read) ? this.#composeLater(watched, served, read) : this.#compose(watched, served, read);
    } catch (error) {
      this.#failed(watched, served, error);
    }
  }

  async #composeLater(watched: Watched, served: readonly Waiting[], read: Promise<ReadState>): Promise<void> {
    const seconds = this.ports.patience();
    try {
      this.#compose(watched, served, await resultInTime(read, 1000 * seconds, () => new NksipError('timeout', { what: 'The listing of an address', seconds })));
    } catch (error) {
      this.#failed(watched, served, error);
    }
  }

  #compose(watched: Watched, served: readonly Waiting[], { state, nextEnd }: ReadState): void {
    const before = watched.documents;
    watched.documents = before.map(({ type }) => composedOf(watched, state, type));
    watched.hasNews ||= watched.documents.some(({ mark }, place) => mark !== before[place]?.mark);
    watched.failures = 0;
    this.#keep(watched, nextEnd === Infinity ? undefined : momentOf(nextEnd));
    for (const { type, resolve } of served) resolve(watched.known(type) ?? composedOf(watched, state, type));
  }

  #failed(watched: Watched, served: readonly Waiting[], error: unknown): void {
    watched.isDirty = true;
    watched.failures++;
    this.ports.fault(error);
    this.#keep(watched, performance.now() + pauseAfter(watched.failures, undefined));
    refuse(served, error);
  }

  /** Without watchers (a fetch, `stateOf`) nothing is kept or scheduled. */
  #keep(watched: Watched, again: number | undefined): void {
    if (watched.watchers.length === 0) return;
    this.#kept.put(watched);
    if (again === undefined) this.#timetable.cancel(watched);
    else this.#timetable.set(watched, again);
  }
}

function needsMore({ waiting, isDirty, failures }: Watched): boolean {
  return waiting.length > 0 || (isDirty && failures === 0);
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => { setImmediate(resolve); });
}

function refuse(served: readonly Waiting[], error: unknown): void {
  for (const { reject } of served) reject(error);
}

/** A moment of performance.now(). `seconds` is time of day. */
function momentOf(seconds: number): number {
  return performance.now() + seconds * 1000 - Date.now();
}

function composedOf({ aor, pack }: Watched, state: WatchedState, type: string): Composed {
  const isKnown = state.publications.length > 0 || state.hard !== undefined;
  return marked(isKnown ? checked(pack.compose(state, type), pack, 'compose') : checked(pack.neutral(aor, type), pack, 'neutral'), type);
}

/** A document with its mark. */
export function marked(document: StateDocument, type: string): Composed {
  const digest = hash('sha256', document.data, 'base64').slice(0, MARK_LENGTH);
  return { type, mark: flat(`${document.content_type} ${digest}`), document };
}
