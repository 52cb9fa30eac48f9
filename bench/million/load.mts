import { setTimeout as wait } from 'node:timers/promises';
import { openChannel, type Channel } from '../channel.mts';
import { LIFETIME, readAnswer, Template, type Kind } from '../requests.mts';

/** How requests went. Times are milliseconds from when each was to be sent to its answer. */
export interface Outcome {
  readonly ok: number;
  readonly refused: number;
  readonly lost: number;
  readonly repeated: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/** A request under way; used again for the next when it is answered. */
interface Flight {
  readonly bytes: Buffer;
  length: number;
  user: number;
  due: number;
  sent: number;
}

const TAG = 32;
/** Milliseconds: T1, after which a request goes again, and T1 * 64, after which it counts as lost (RFC 3261 17.1.2.2). */
const [repeatAfter, giveUpAfter] = [500, 32_000];

/** One who publishes for many users, and remembers the entity-tag of each. */
export class Load {
  readonly #flights = new Map<number, Flight>();
  readonly #spare: Flight[] = [];
  readonly #repeats = setInterval(() => { this.#repeat(); }, 100);
  #times: number[] = [];
  #counts = { refused: 0, lost: 0, repeated: 0 };
  #transactions = 0;
  #ended: (() => void) | undefined;

  private constructor(private readonly channel: Channel, private readonly templates: Readonly<Record<'initial' | 'refresh', Template>>, private readonly tags: Buffer) {}

  /** `tags` are of all users, one after the other; they outlive the load. */
  static async open(port: number, tags: Buffer): Promise<Load> {
    const channel = await openChannel('udp', port, (text) => { load.#answered(text); }, (error) => { throw error; });
    const template = (kind: Kind): Template => new Template(kind, { transport: 'UDP', port: channel.port });
    const load = new Load(channel, { initial: template('initial'), refresh: template('refresh') }, tags);
    return load;
  }

  static tagsOf(users: number): Buffer {
    return Buffer.alloc(TAG * users);
  }

  /** The first PUBLISH of each user, `window` under way at a time. */
  async fill(window: number, told: (done: number) => void): Promise<Outcome> {
    const users = this.tags.length / TAG;
    const began = this.#begin();
    for (let user = 0; user < users; user++) {
      while (this.#flights.size >= window) await this.#oneEnds();
      this.#send('initial', user, performance.now());
      if (user % 10_000 === 0) told(user);
    }
    return await this.#outcome(began);
  }

  /** Refreshes of users here and there, so many a second, sent when they are due whatever has been answered. */
  async refresh(rate: number, seconds: number): Promise<Outcome> {
    const users = this.tags.length / TAG;
    const began = this.#begin();
    // A step that has no divisor in common with the number of users goes through all of them.
    for (let next = 0, step = 7919; next < rate * seconds; await wait(1)) {
      for (; next < rate * seconds && began + (1000 * next) / rate <= performance.now(); next++) this.#send('refresh', (next * step) % users, began + (1000 * next) / rate);
    }
    return await this.#outcome(began);
  }

  /** A refresh of the first user, again and again until it is answered 200; how long that took, in milliseconds. */
  async firstAnswer(since: number): Promise<number> {
    this.#begin();
    this.#send('refresh', 0, since);
    while (this.#flights.size > 0) await this.#oneEnds();
    if (this.#times.length === 0) throw new Error('what was stored is not there after the restart');
    return performance.now() - since;
  }

  close(): void {
    clearInterval(this.#repeats);
    this.channel.close();
  }

  #begin(): number {
    this.#times = [];
    this.#counts = { refused: 0, lost: 0, repeated: 0 };
    return performance.now();
  }

  async #outcome(began: number): Promise<Outcome> {
    while (this.#flights.size > 0) await this.#oneEnds();
    const seconds = (performance.now() - began) / 1000;
    const times = Float64Array.from(this.#times).sort();
    const quantile = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? NaN;
    return { ok: times.length, ...this.#counts, seconds, p50: quantile(0.5), p99: quantile(0.99), worst: quantile(1) };
  }

  async #oneEnds(): Promise<void> {
    await new Promise<void>((ended) => { this.#ended = ended; });
  }

  #send(kind: 'initial' | 'refresh', user: number, due: number): void {
    const flight = this.#spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(2048), length: 0, user: 0, due: 0, sent: 0 };
    const transaction = this.#transactions++;
    flight.length = this.templates[kind].write(flight.bytes, { user, transaction, expires: LIFETIME }, this.tags.subarray(user * TAG, (user + 1) * TAG));
    Object.assign(flight, { user, due, sent: performance.now() });
    this.#flights.set(transaction, flight);
    this.channel.send(flight.bytes.subarray(0, flight.length));
  }

  #answered(text: string): void {
    const answer = readAnswer(text);
    const flight = answer === undefined ? undefined : this.#flights.get(answer.transaction);
    if (answer === undefined || flight === undefined) return;
    if (answer.code === '200' && answer.tag.length === TAG) {
      this.tags.write(answer.tag, flight.user * TAG, 'latin1');
      this.#times.push(performance.now() - flight.due);
    } else this.#counts.refused++;
    this.#end(answer.transaction, flight);
  }

  #end(transaction: number, flight: Flight): void {
    this.#flights.delete(transaction);
    this.#spare.push(flight);
    this.#ended?.();
  }

  #repeat(): void {
    const now = performance.now();
    for (const [transaction, flight] of this.#flights) {
      if (now - flight.due > giveUpAfter) {
        this.#counts.lost++;
        this.#end(transaction, flight);
      } else if (now - flight.sent > repeatAfter) {
        this.#counts.repeated++;
        flight.sent = now;
        this.channel.send(flight.bytes.subarray(0, flight.length));
      }
    }
  }
}
