/** Requests whose bytes are made beforehand: only digits and a few texts are written for each. */
import { createHash } from 'node:crypto';

/** A letter, as often as the number has digits, marks the place of each number. */
const marks = { user: 'UUUUUUUU', watcher: 'WWWWWWWW', dialog: 'DDDDDDDDDDDD', sequence: 'QQQQQQ', transaction: 'TTTTTTTTTTTT', expires: 'EEEE' } as const;

export interface Numbers {
  /** Of the address of record. */
  readonly user: number;
  /** Of who watches it. */
  readonly watcher: number;
  /** The transaction that began the dialog. */
  readonly dialog: number;
  /** Of CSeq. */
  readonly sequence: number;
  /** Never the same twice in a run. */
  readonly transaction: number;
  /** Seconds. */
  readonly expires: number;
}

export interface Sender {
  /** As in Via: UDP, TCP or WS. */
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

/** Digits of the number of a transaction. */
export const TRANSACTION = marks.transaction.length;

/** What no two runs have in common, so that none is taken for a retransmission of another. */
export const run = createHash('sha256').update(`${process.pid} ${Date.now()}`).digest('hex').slice(0, 8).toLowerCase();
export const branchStart = `branch=z9hG4bK${run}`;

/** Via, and what every request has beside it. */
export function viaLines({ transport, address, port }: Sender): readonly string[] {
  return [`Via: SIP/2.0/${transport} ${address}:${port};${branchStart}${marks.transaction};rport`, 'Max-Forwards: 70'];
}

/** A request with places for numbers, and for a text wherever it says TEXT. */
export class Template {
  readonly #pieces: readonly Piece[];

  constructor(lines: readonly string[]) {
    this.#pieces = lines.join('\r\n').split('TEXT').map((text) => new Piece(text));
  }

  /** Writes one, with the texts in their order, and returns its length. */
  write(target: Buffer, numbers: Partial<Numbers>, ...texts: readonly Uint8Array[]): number {
    let at = 0;
    for (let index = 0; index < this.#pieces.length; index++) {
      at = this.#pieces[index]?.write(target, at, numbers) ?? at;
      const text = index < this.#pieces.length - 1 ? texts[index] : undefined;
      if (text !== undefined) target.set(text, at);
      at += text?.length ?? 0;
    }
    return at;
  }
}

interface NumberPlace { readonly at: number; readonly width: number; readonly name: keyof Numbers }

/** Bytes with places for numbers. */
class Piece {
  readonly #bytes: Buffer;
  readonly #places: readonly NumberPlace[];

  constructor(text: string) {
    this.#bytes = Buffer.from(text, 'latin1');
    this.#places = (Object.keys(marks) as (keyof Numbers)[]).flatMap((name) => (
      [...text.matchAll(new RegExp(marks[name], 'g'))].map(({ index }) => ({ at: index, width: marks[name].length, name }))));
  }

  write(target: Buffer, start: number, numbers: Partial<Numbers>): number {
    target.set(this.#bytes, start);
    for (const { at, width, name } of this.#places) writeDigits(target, start + at, width, numbers[name] ?? 0);
    return start + this.#bytes.length;
  }
}

function writeDigits(target: Buffer, at: number, width: number, value: number): void {
  let rest = value;
  for (let place = at + width - 1; place >= at; place--) {
    const next = Math.floor(rest / 10);
    target[place] = 48 + rest - 10 * next;
    rest = next;
  }
}
