/** A request that is put together only where it leaves from: in the memory that the system sends, and in no buffer of its own before. */
export class HeadAndBody {
  #whole: Uint8Array | undefined = undefined;

  /** `head`: with the empty line behind it; latin1, one char a byte. */
  constructor(private readonly head: string, private readonly body: Uint8Array | undefined) {}

  /** Bytes. */
  get length(): number {
    return this.head.length + (this.body?.length ?? 0);
  }

  /** There must be room. */
  writeTo(memory: Buffer, at: number): void {
    memory.write(this.head, at, 'latin1');
    if (this.body !== undefined) memory.set(this.body, at + this.head.length);
  }

  /** As one piece of memory, for whoever needs it so. */
  get whole(): Uint8Array {
    if (this.#whole !== undefined) return this.#whole;
    const whole = Buffer.allocUnsafe(this.length);
    this.writeTo(whole, 0);
    return this.#whole = whole;
  }
}

/** What can be sent. */
export type Sendable = Uint8Array | HeadAndBody;

export function wholeOf(bytes: Sendable): Uint8Array {
  return bytes instanceof HeadAndBody ? bytes.whole : bytes;
}
