import { HeadScanner } from './head-scanner.js';
import { defaultLimits } from './limits.js';

/** What a message stands in as long as whoever was given it has not returned. */
export interface Lent {
  /** Where its fields are. */
  readonly scanner: HeadScanner;
  /** Whether its bytes are lent, too. */
  readonly bytes: boolean;
}

/** Room for what is found in one message after the other: see `parse`. */
export class Lending {
  readonly #scanner = new HeadScanner(nothing, 0, 0, defaultLimits);
  /** For a message whose bytes stay. */
  readonly index: Lent = { scanner: this.#scanner, bytes: false };
  /** For one whose bytes do not stay either. */
  readonly all: Lent = { scanner: this.#scanner, bytes: true };

  /** The last message is done with: nothing holds on to its bytes, which may be a part of something large. */
  end(): void {
    this.#scanner.begin(nothing, 0, 0, defaultLimits).text = '';
  }
}

const nothing = new Uint8Array(0);
