import type { NksipError } from '../errors.js';
import type { FlowUser } from './transport.js';

/** Those who want to know when a flow breaks. It breaks once; whoever asks later is told soon after. */
export class Watchers {
  readonly #waiting = new Set<FlowUser>();
  #broken: NksipError | undefined;

  add(user: FlowUser): void {
    this.#waiting.add(user);
    if (this.#broken !== undefined) queueMicrotask(() => this.#tell());
  }

  delete(user: FlowUser): void {
    this.#waiting.delete(user);
  }

  break(error: NksipError): void {
    this.#broken ??= error;
    this.#tell();
  }

  #tell(): void {
    const error = this.#broken;
    if (error === undefined) return;
    for (const user of this.#waiting) {
      this.#waiting.delete(user);
      user.transportFailed(error);
    }
  }
}
