/**
 * Bytes that the library takes beside those that came, for each chunk of the stream and for each fragment. Measured: 330 for a chunk of one
 * byte, 590 for one with a fragment in it, and 110 to 290 for each of 240 fragments in one chunk.
 */
const costOfChunk = 350;
const costOfFragment = 240;

/** RFC 6455 5.5.1: the library says nothing more after it. */
const opcodeOfClose = 0x08;

/** RFC 6455 5.2: a head has two bytes, a longer length if these say so, and a mask. */
const shortHead = 2;
const maskSize = 4;

/**
 * Follows the frames of a WebSocket (RFC 6455 5.2) from head to head, and so knows what the library holds that reads them: the chunks in
 * which a frame, or a message of several, was begun that has not ended. What is no valid frame ends the connection, and not here.
 */
export class WsFrames {
  /** Bytes of memory that an unfinished message takes: the chunks that it came in, all of each, and its fragments. */
  held = 0;
  /** Bytes of the stream that came since it began, those of the chunk in which it did included. */
  bytes = 0;
  /** Whether a message ended in the last chunk. */
  ended = false;
  /** Bytes of memory of the chunks that the library has not worked off: it tells of one message, ping or pong in a turn. */
  queued = 0;
  /** Messages, pings and pongs that have ended, and that it has not told of. */
  #untold = 0;
  /** Of the present head: the bytes that were read, its size, and how much of that is the longer length. */
  #read = 0;
  #size = shortHead;
  #longer = 0;
  #first = 0;
  /** Bytes of the payload, and those that are still to come. */
  #length = 0;
  #left = 0;
  /** A fragment came that was not the last one. */
  #isOpen = false;

  /** Whether no frame and no message is begun. */
  get isIdle(): boolean {
    return !this.#isOpen && this.#read === 0;
  }

  push(chunk: Uint8Array): void {
    this.ended = false;
    let at = 0;
    const untold = this.#untold;
    while (at < chunk.length) {
      if (this.#read < this.#size) this.#readHead(chunk[at++] ?? 0);
      const skipped = Math.min(this.#left, chunk.length - at);
      at += skipped;
      this.#left -= skipped;
      if (this.#read === this.#size && this.#left === 0) this.#endFrame();
    }
    if (this.#untold > untold) this.queued += chunk.buffer.byteLength + costOfChunk;
    if (this.isIdle) return;
    this.bytes += chunk.length;
    this.held += chunk.buffer.byteLength + costOfChunk;
  }

  /** The library told of a message, a ping or a pong. */
  told(): void {
    if (--this.#untold === 0) this.queued = 0;
  }

  #readHead(byte: number): void {
    const at = this.#read++;
    if (at === 0) this.#first = byte;
    else if (at === 1) this.#readSize(byte);
    else if (at < shortHead + this.#longer) this.#length = 256 * this.#length + byte;
    if (this.#read === this.#size) this.#left = this.#length;
  }

  #readSize(byte: number): void {
    const length = byte & 0x7f;
    this.#longer = length === 127 ? 8 : length === 126 ? 2 : 0;
    this.#length = this.#longer === 0 ? length : 0;
    this.#size = shortHead + this.#longer + ((byte & 0x80) === 0 ? 0 : maskSize);
  }

  #endFrame(): void {
    this.#read = 0;
    this.#size = shortHead;
    if ((this.#first & 0x08) === 0) this.#endData();
    else if ((this.#first & 0x0f) !== opcodeOfClose) this.#untold++;
    if (this.#isOpen) return;
    this.held = 0;
    this.bytes = 0;
  }
  #endData(): void {
    this.#isOpen = (this.#first & 0x80) === 0;
    if (this.#isOpen) {
      this.held += costOfFragment;
    } else {
      this.ended = true;
      this.#untold++;
    }
  }
}
