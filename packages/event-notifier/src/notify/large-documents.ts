/** Bytes. Most documents are smaller, and there is always room for these: the number of pending NOTIFYs is limited. */
const SMALL = 2048;

/** Of sip_max_memory. */
const SHARE = 1 / 4;

/**
 * Room for larger documents in pending NOTIFYs: each has a copy of its own, and one that nobody answers has it for 32 seconds. A union of a hundred
 * publications, sent to a thousand watchers at once, would take a gigabyte.
 */
export class LargeDocuments {
  #bytes = 0;

  /** `limit`: sip_max_memory. */
  constructor(private readonly limit: () => number) {}

  /** Whether one of so many bytes may be sent now; alone any may. */
  hasRoom(bytes: number): boolean {
    return bytes <= SMALL || this.#bytes === 0 || this.#bytes + bytes <= SHARE * this.limit();
  }

  /** False: it may not be sent now. */
  take(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    if (bytes > SMALL) this.#bytes += bytes;
    return true;
  }

  /** Its NOTIFY is no longer pending. */
  give(bytes: number): void {
    if (bytes > SMALL) this.#bytes -= bytes;
  }
}
