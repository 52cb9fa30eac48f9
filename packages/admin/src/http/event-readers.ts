import type { ServerResponse } from 'node:http';
import type { Desk } from '../contract/desk.js';
import { DeskError } from '../contract/desk-error.js';
import { frameOf, type Batch } from '../contract/feed.js';
import { safeJson } from '../contract/safe-json.js';

/** Readers at a time. */
const MOST_READERS = 64;
/** Bytes that wait for one reader; beyond, it misses events, and is told how many. */
const MOST_UNSENT = 131_072;
/** Seconds after which a reader that takes nothing is gone. */
const PATIENCE = 60;
const INTERVAL = 1000;

/** Somebody who reads events. What waits for it is bounded: a slow reader misses some. */
class Reader {
  #dropped = 0;
  #stuckSince: number | undefined;

  constructor(private readonly response: ServerResponse) {}

  /** `bytes` are those of its frames, made once for all readers. */
  tell({ many, dropped }: Batch, bytes: Uint8Array): void {
    this.#dropped += dropped;
    if (this.response.writableLength > MOST_UNSENT) {
      this.#dropped += many;
      this.#stuckSince ??= performance.now();
      return;
    }
    this.#stuckSince = undefined;
    this.response.write(bytes);
    if (this.#dropped > 0) this.response.write(frameOf('dropped', safeJson({ count: this.#dropped })));
    this.#dropped = 0;
  }

  /** Takes nothing, and has taken nothing for long. */
  get isGone(): boolean {
    return this.#stuckSince !== undefined && performance.now() - this.#stuckSince > 1000 * PATIENCE;
  }

  end(): void {
    this.response.destroy();
  }
}

/** All who read events of a desk. While there is none, the desk is asked for nothing. */
export class EventReaders {
  readonly #readers = new Set<Reader>();
  #stopFollowing: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isSampling = false;

  constructor(private readonly desk: Pick<Desk, 'follow' | 'usage'>, private readonly fault: (error: unknown) => void) {}

  get size(): number {
    return this.#readers.size;
  }

  /** Throws DeskError where there are too many already. */
  check(): void {
    if (this.#readers.size >= MOST_READERS) throw new DeskError('too_many_readers', `${MOST_READERS} read events already: close one of them.`, { 'retry-after': '10' });
  }

  /** Writes events to it until it closes. */
  add(response: ServerResponse): void {
    const reader = new Reader(response);
    this.#readers.add(reader);
    response.on('error', () => undefined);
    response.once('close', () => {
      if (this.#readers.delete(reader) && this.#readers.size === 0) this.#rest();
    });
    if (this.#readers.size === 1) this.#begin();
    void this.#sample([reader]);
  }

  close(): void {
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    this.#rest();
  }

  #begin(): void {
    this.#stopFollowing = this.desk.follow((batch) => { this.#tell(batch, this.#readers); });
    this.#timer = setInterval(() => { this.#second(); }, INTERVAL).unref();
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#stopFollowing?.();
    this.#stopFollowing = undefined;
  }

  #second(): void {
    for (const reader of this.#readers) if (reader.isGone) reader.end();
    if (!this.#isSampling) void this.#sample(this.#readers);
  }

  async #sample(readers: Iterable<Reader>): Promise<void> {
    this.#isSampling = true;
    try {
      const frames = frameOf('sample', safeJson(await this.desk.usage()));
      this.#tell({ frames, many: 1, dropped: 0 }, readers);
    } catch (error) {
      // The store does not answer; the next one may tell again.
      if (!(error instanceof DeskError)) this.fault(error);
    } finally {
      this.#isSampling = false;
    }
  }

  #tell(batch: Batch, readers: Iterable<Reader>): void {
    const bytes = Buffer.from(batch.frames);
    for (const reader of readers) reader.tell(batch, bytes);
  }
}
