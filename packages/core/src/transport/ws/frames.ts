/**
 * Bytes that the library takes beside those that came, for each chunk of the stream and for each fragment. Measured: 330 for a chunk of one
 * byte, 590 for one with a fragment in it, and 110 to 290 for each of 240 fragments in one chunk.
 */
const costOfChunk = 350;
const costOfFragment = 240;

/** RFC 6455 5.5.1: nothing comes after it. */
const opcodeOfClose = 0x08;

/** RFC 6455 5.2: a head has two bytes, a longer length if these say so, and a mask. */
const shortHead = 2;
const maskSize = 4;

/**
 * Fragments that a message may have, of which the library keeps an object each: those that have a KiB on average are enough for any client,
 * and a few for messages that are small.
 */
export function fragmentsOf(maxBytes: number): number {
  return 16 + Math.ceil(maxBytes / 1024);
}

/** The longest message that says nothing: a double CRLF (RFC 5626 3.5.1). */
const longestKeepAlive = 4;

/**
 * Follows the frames of a WebSocket (RFC 6455 5.2) from head to head, and so knows where a message ends, and what the library holds that
 * reads them: the chunks in which a frame, or a message of several, was begun that has not ended. What is no valid frame ends the connection,
 * and not here.
 */
export class WsFrames {
  /** Bytes of memory that an unfinished message takes: the chunks that it came in, all of each, and its fragments. */
  held = 0;
  /** The last memory that is counted there. */
  #chunk: ArrayBufferLike | undefined;
  /** Of the message that is begun. */
  #fragments = 0;
  /** Bytes of the stream that came since it began, those that stood before it in its first chunk included. */
  bytes = 0;
  /** Messages that have ended, and of these those of four bytes at most, with all frames of control. */
  messages = 0;
  keepAlives = 0;
  /** The peer has said goodbye. */
  isClosed = false;
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
  /** Bytes of the message so far. */
  #message = 0;

  /** The library ends the connection with the fragment after `maxFragments`, and holds no more of them. */
  constructor(private readonly maxFragments = Infinity) {}

  /** Whether no frame and no message is begun. */
  get isIdle(): boolean {
    return !this.#isOpen && this.#read === 0;
  }

  /** Where the first frame ends that does so in `chunk` behind `at`, unless it is a fragment of a message that goes on; the chunk's length if none does. */
  next(chunk: Uint8Array, at: number): number {
    let end = at;
    while (end < chunk.length) {
      if (this.#read < this.#size) this.#readHead(chunk[end++] ?? 0);
      const skipped = Math.min(this.#left, chunk.length - end);
      end += skipped;
      this.#left -= skipped;
      if (this.#read === this.#size && this.#left === 0 && this.#endFrame()) return end;
    }
    return end;
  }

  /** The library has read so many bytes of `chunk`, and holds all the memory that these are in where something is begun: what comes next of that costs nothing. */
  hold(chunk: Uint8Array, read: number): void {
    if (this.isIdle || read === 0) return;
    this.bytes += read;
    this.held += (this.holds(chunk) ? 0 : chunk.buffer.byteLength) + costOfChunk;
    this.#chunk = chunk.buffer;
  }

  /** Whether the memory of `chunk` is counted in `held`. */
  holds(chunk: Uint8Array): boolean {
    return chunk.buffer === this.#chunk;
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

  /** Whether it was a frame of control, or a whole message. */
  #endFrame(): boolean {
    this.#read = 0;
    this.#size = shortHead;
    const isWhole = (this.#first & 0x08) === 0 ? this.#endData() : this.#endControl();
    if (!this.#isOpen) {
      this.held = 0;
      this.#chunk = undefined;
      this.#fragments = 0;
      this.bytes = 0;
    }
    return isWhole;
  }

  #endControl(): true {
    this.keepAlives++;
    this.isClosed ||= (this.#first & 0x0f) === opcodeOfClose;
    return true;
  }

  #endData(): boolean {
    this.#message += this.#length;
    this.#isOpen = (this.#first & 0x80) === 0;
    if (this.#isOpen) {
      if (this.#fragments++ < this.maxFragments) this.held += costOfFragment;
      return false;
    }
    this.messages++;
    if (this.#message <= longestKeepAlive) this.keepAlives++;
    this.#message = 0;
    return true;
  }
}
