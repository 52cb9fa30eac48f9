import type { Notify } from './notify.mts';
import { TextTable } from './text-table.mts';

/** What a SUBSCRIBE of a watcher says. */
export interface Dialog {
  /** The transaction that began it. */
  readonly dialog: number;
  /** The number of CSeq. */
  readonly sequence: number;
  /** The remote target and the remote tag, none in the first. */
  readonly target: Uint8Array;
  readonly tag: Uint8Array;
}

/** The dialog of each watcher, in a few blocks: objects would keep the garbage collector of the generator busy. */
export class WatcherTable {
  readonly #dialogs: Float64Array;
  readonly #sequences: Uint32Array;
  /** The transaction of a SUBSCRIBE whose NOTIFY is still to come; 0: there is none. */
  readonly #asked: Float64Array;
  /** CSeq of the last NOTIFY; -1: none came. */
  readonly #heard: Int32Array;
  readonly #targets: TextTable;
  readonly #tags: TextTable;

  constructor(count: number) {
    this.#dialogs = new Float64Array(count);
    this.#sequences = new Uint32Array(count);
    this.#asked = new Float64Array(count);
    this.#heard = new Int32Array(count);
    this.#targets = new TextTable(count);
    this.#tags = new TextTable(count);
  }

  /** The first SUBSCRIBE of a new dialog. */
  begin(watcher: number, transaction: number): Dialog {
    this.#dialogs[watcher] = transaction;
    this.#sequences[watcher] = 0;
    this.#heard[watcher] = -1;
    return this.next(watcher, transaction);
  }

  /** The next SUBSCRIBE in the dialog. */
  next(watcher: number, transaction: number): Dialog {
    this.#asked[watcher] = transaction;
    const sequence = (this.#sequences[watcher] ?? 0) + 1;
    this.#sequences[watcher] = sequence;
    return { dialog: this.#dialogs[watcher] ?? 0, sequence, target: this.#targets.get(watcher), tag: this.#tags.get(watcher) };
  }

  /** What a 2xx says. */
  enter(watcher: number, target: string, tag: string): void {
    this.#targets.set(watcher, target);
    this.#tags.set(watcher, tag);
  }

  /** The transaction of the SUBSCRIBE whose NOTIFY is still to come; 0: there is none. */
  asked(watcher: number): number {
    return this.#asked[watcher] ?? 0;
  }

  done(watcher: number): void {
    this.#asked[watcher] = 0;
  }

  /** Whether a NOTIFY is in the dialog that the watcher has now. */
  has({ watcher, dialog }: Notify): boolean {
    return this.#dialogs[watcher] === dialog;
  }

  /** Whether it is the first with its CSeq. */
  isNews({ watcher, sequence }: Notify): boolean {
    if (sequence <= (this.#heard[watcher] ?? 0)) return false;
    this.#heard[watcher] = sequence;
    return true;
  }
}
