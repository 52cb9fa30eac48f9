import type { Outcome } from '../uac/send.js';
import type { Entry } from './entry.js';
import type { Job } from './line.js';
import { Sending, type SenderParts } from './sending.js';

/** Sends NOTIFYs. */
export class Sender {
  constructor(private readonly parts: SenderParts) {}

  /** Sends one, and calls `done` once with what came of it. */
  readonly send = (entry: Entry, job: Job, state: string, done: (outcome: Outcome) => void): void => {
    const host = this.parts.host();
    if (host === undefined) return done({ local: 'transport' });
    new Sending(host, this.parts.back, entry, job, state, done).start();
  };
}
