import { Tally, type MemoryAccount, type MemoryUsage, type Urgency } from '../memory/account.js';

/** The memory account as one plugin sees it: its parts end with the plugin at the latest, or when an update that adds it is refused. */
export class PluginMemory {
  readonly #ends = new Set<() => void>();

  constructor(private readonly account: MemoryAccount) {}

  /** As `MemoryAccount.tally`. */
  tally(part: string): Tally {
    const tally = new Tally(this.account);
    this.watch(part, () => tally.bytes);
    return tally;
  }

  /** As `MemoryAccount.watch`. */
  watch(part: string, bytes: () => number): () => void {
    const unwatch = this.account.watch(part, bytes);
    const end = (): void => {
      unwatch();
      this.#ends.delete(end);
    };
    this.#ends.add(end);
    return end;
  }

  /** As `MemoryAccount.hasPlenty`. */
  hasPlenty(bytes: number): boolean {
    return this.account.hasPlenty(bytes);
  }

  /** As `MemoryAccount.hasRoom`. */
  hasRoom(bytes: number, urgency: Urgency): boolean {
    return this.account.hasRoom(bytes, urgency);
  }

  /** Of the whole service. */
  usage(): MemoryUsage {
    return this.account.usage();
  }

  /** Ends all parts. */
  close(): void {
    for (const end of this.#ends) end();
  }
}
