import { EventEmitter, once } from 'node:events';
import type { NksipError } from '../../packages/core/src/errors.ts';
import type { Receiver, Source } from '../../packages/core/src/transport/transport.ts';

export interface Received {
  readonly text: string;
  /** As they were handed over, not copied. */
  readonly bytes: Uint8Array;
  readonly source: Source;
}

/** A receiver that keeps what it is told, and lets a test wait for it. */
export class Recorder implements Receiver {
  readonly messages: Received[] = [];
  readonly breaks: { readonly code: number; readonly source: Source }[] = [];
  readonly faults: NksipError[] = [];
  onMessage: (received: Received) => void = () => undefined;
  onBroken: (source: Source) => void = () => undefined;
  readonly #events = new EventEmitter();

  message(bytes: Uint8Array, source: Source, isLent = false): void {
    const received = { bytes: isLent ? Buffer.from(bytes) : bytes, text: Buffer.from(bytes).toString('latin1'), source };
    this.messages.push(received);
    this.onMessage(received);
    this.#events.emit('change');
  }

  broken(code: number, _reason: string, _bytes: Uint8Array, source: Source): void {
    this.breaks.push({ code, source });
    this.onBroken(source);
    this.#events.emit('change');
  }

  fault(error: NksipError): void {
    this.faults.push(error);
    this.#events.emit('change');
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await once(this.#events, 'change');
  }

  /** The message number `count`, once it is there. */
  async nth(count: number): Promise<Received> {
    await this.until(() => this.messages.length >= count);
    const found = this.messages[count - 1];
    if (found === undefined) throw new Error('no message');
    return found;
  }
}
