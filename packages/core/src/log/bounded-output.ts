import type { Writable } from 'node:stream';

/** Bytes that wait for the reader of a stream at most. */
const MOST_WAITING = 1_048_576;

/**
 * Lines for a stream that is read slowly, or not at all: what finds no room is dropped and counted, and one line tells how many as soon as
 * there is room again. The stream is never waited for. Nothing is thrown, and a stream that fails, because its reader is gone or a disk is
 * full, ends nothing: what could not be written counts as dropped.
 */
export class BoundedOutput {
  #dropped = 0;

  /** `notice` is the line that tells of lines that were dropped; `most`: how many bytes may wait. */
  constructor(private readonly stream: Writable, private readonly notice: (dropped: number) => string, private readonly most = MOST_WAITING) {
    if (!stream.listeners('error').includes(survive)) stream.on('error', survive);
    keepFromBlocking(stream);
  }

  /** `text` is so many lines, each with its line end. */
  write(text: string, lines = 1): void {
    this.#tell();
    const bytes = Buffer.from(text);
    if (this.#dropped > 0 || this.stream.writableLength + bytes.length > this.most) this.#dropped += lines;
    else this.#send(bytes, lines);
  }

  /** Only when half of the room is free: else there would be a notice for each line that finds some. */
  #tell(): void {
    const dropped = this.#dropped;
    if (dropped === 0 || this.stream.writableLength > this.most / 2) return;
    this.#dropped = 0;
    this.#send(Buffer.from(this.notice(dropped)), dropped);
  }

  #send(bytes: Uint8Array, lines: number): void {
    this.stream.write(bytes, (error) => {
      if (error) this.#dropped += lines;
      else this.#tell();
    });
  }
}

/** The write that failed has been told. */
function survive(): void { /* an 'error' that nobody hears ends the process */ }

/** Node.js waits for a terminal, which stands still after Ctrl-S: the service would, too. It has no other way to turn that off. */
function keepFromBlocking(stream: Writable): void {
  if (!('isTTY' in stream && stream.isTTY === true && '_handle' in stream)) return;
  const handle = stream._handle;
  if (typeof handle === 'object' && handle !== null && 'setBlocking' in handle && typeof handle.setBlocking === 'function') handle.setBlocking(false);
}
