/** Milliseconds of a turn of the event loop after which what comes waits for the next one, and for which then is taken what waits. */
const LONG = 8, SLICE = 4;

/** Bytes that may wait for the next turn, and what each datagram has of its own beside its content. */
const MOST = 1024 * 1024, OWN = 200;

/** So many are taken before their places in the list go. */
const withoutCut = 256;

/** `isLent`: the bytes are another datagram's once it has returned. */
export type Take = (bytes: Buffer, address: string, port: number, isLent?: boolean) => void;

interface Waiting {
  readonly bytes: Buffer;
  readonly address: string;
  readonly port: number;
}

/**
 * What a socket receives, in its order. In a turn that has become long it is not taken any more, and waits for the next ones: Node.js reads up to 32 datagrams in a turn whatever
 * that costs, the batch has others behind each of them, and code that has just started takes a millisecond for one. A crowd that comes back at once would stop such a process for
 * 50 ms and more.
 */
export class Intake {
  #waiting: Waiting[] = [];
  /** Of these, the first that has not been taken. */
  #next = 0;
  /** Bytes in these. */
  #held = 0;
  /** When the time of this turn is up, and whether it is. */
  #end = 0;
  #isTimeUp = false;

  constructor(private readonly take: Take) {}

  /** Another turn has begun. `now`: a moment of performance.now(). */
  begin(now: number): void {
    this.#allow(now + LONG);
  }

  get isEmpty(): boolean {
    return this.#next === this.#waiting.length;
  }

  /** It is taken, now or behind those that wait. */
  accept(bytes: Buffer, address: string, port: number, isLent = false): void {
    if (this.isEmpty && !this.#isUp()) return this.take(bytes, address, port, isLent);
    // Where there is no room, the turn lasts longer. What has not been read yet the system keeps, or drops.
    if (this.#held >= MOST) this.#takeNext();
    this.#waiting.push({ bytes: isLent ? Buffer.from(bytes) : bytes, address, port });
    this.#held += bytes.length + OWN;
  }

  /** Takes what waits, for a while. */
  goOn(now: number): void {
    this.#allow(now + SLICE);
    while (!this.isEmpty && !this.#isUp()) this.#takeNext();
  }

  close(): void {
    this.#waiting = [];
    this.#next = this.#held = 0;
  }

  #allow(end: number): void {
    this.#end = end;
    this.#isTimeUp = false;
  }

  #takeNext(): void {
    const first = this.#waiting[this.#next];
    if (first === undefined) return;
    this.#held -= first.bytes.length + OWN;
    if (++this.#next === withoutCut || this.isEmpty) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    this.take(first.bytes, first.address, first.port);
  }

  /** A look at the clock takes 50 ns; the first requests that code ever sees can take five milliseconds each. */
  #isUp(): boolean {
    return this.#isTimeUp ||= performance.now() > this.#end;
  }
}
