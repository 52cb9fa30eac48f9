import { BoundedMap } from '@nksip-ts/memory';
import type { StateDocument } from '../package/event-package.js';
import type { Composed, Watched } from '../watcher/record.js';

/** Bytes. */
const usualRoom = 16 * 1024 * 1024;

/**
 * Keeps documents for further watchers, as far as there is room: those of the address that was composed longest ago are dropped first. They
 * are composed again when needed. Their marks stay, so that no watcher is sent a document that it has.
 */
export class KeptDocuments {
  readonly #watched = new BoundedMap<string, Watched>(Number.MAX_SAFE_INTEGER);
  #bytes = 0;

  constructor(private readonly room = usualRoom) {}

  get bytes(): number {
    return this.#bytes;
  }

  /** The documents of this address are new. */
  put(watched: Watched): void {
    this.forget(watched);
    let bytes = 0;
    for (const composed of watched.documents) bytes += keptSize(composed);
    watched.keptBytes = bytes;
    this.#bytes += bytes;
    this.#watched.set(watched.key, watched);
    for (let oldest = this.#watched.oldest; this.#bytes > this.room && oldest !== undefined && oldest !== watched.key; oldest = this.#watched.oldest) {
      this.#giveUp(this.#watched.get(oldest));
    }
  }

  /** Nobody watches it any more. */
  forget(watched: Watched): void {
    if (this.#watched.get(watched.key) !== watched) return;
    this.#watched.delete(watched.key);
    this.#bytes -= watched.keptBytes;
    watched.keptBytes = 0;
  }

  #giveUp(watched: Watched | undefined): void {
    if (watched === undefined) return;
    for (const composed of watched.documents) composed.document = undefined;
    this.forget(watched);
  }
}

/** Its bytes, which have memory of their own from now on: a small Buffer is part of 8 KB that would stay as long as any part does. */
function keptSize(composed: Composed): number {
  const { document } = composed;
  if (document === undefined) return 0;
  composed.document = owned(document, composed.type);
  return document.data.length;
}

/** The type of most documents is what watchers accept, and one text for all. */
function owned({ data, content_type }: StateDocument, type: string): StateDocument {
  return { data: data.length === data.buffer.byteLength ? data : new Uint8Array(data), content_type: content_type === type ? type : content_type };
}
