/** A datagram that was read in a turn of the event loop which had no time left for it. */
export interface LateDatagram {
  readonly bytes: Buffer;
  readonly address: string;
  readonly port: number;
}

/** Bytes, and datagrams, that may wait: what comes then must be taken at once. */
const mostBytes = 1024 * 1024, most = 1024;

/** Datagrams that wait for the next turn of the event loop, in their order. */
export class LateDatagrams {
  #all: LateDatagram[] = [];
  #first = 0;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#first === this.#all.length;
  }

  get isFull(): boolean {
    return this.#bytes >= mostBytes || this.#all.length - this.#first >= most;
  }

  push(datagram: LateDatagram): void {
    this.#bytes += datagram.bytes.length;
    this.#all.push(datagram);
  }

  shift(): LateDatagram | undefined {
    const datagram = this.#all[this.#first];
    if (datagram === undefined) return undefined;
    this.#bytes -= datagram.bytes.length;
    // What is behind it moves when it is as much as what is before.
    if (2 * ++this.#first >= this.#all.length) {
      this.#all = this.#all.slice(this.#first);
      this.#first = 0;
    }
    return datagram;
  }
}
