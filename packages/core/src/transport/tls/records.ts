import type { EventEmitter } from 'node:events';

/** How often it is looked (ms), and the bytes that may come between: so many without a message in them, and so many for each byte of one. */
const every = 1000;
const free = 128 * 1024;
const perByte = 100;

interface Counted {
  readonly bytesRead: number;
}

/**
 * Calls `giveUp` when a peer sends many records that say nothing: TLS 1.3 lets it ask for new keys with 27 bytes, as often as it likes, and
 * OpenSSL does the work without a word to us. `raw` is what `secure` runs over.
 */
export function watchRecords(raw: Counted & Pick<EventEmitter, 'once'>, secure: Counted, giveUp: () => void): void {
  let came = raw.bytesRead;
  let said = secure.bytesRead;
  const timer = setInterval(() => {
    const isTooMuch = raw.bytesRead - came > free + perByte * (secure.bytesRead - said);
    came = raw.bytesRead;
    said = secure.bytesRead;
    if (isTooMuch) giveUp();
  }, every).unref();
  raw.once('close', () => clearInterval(timer));
}
