import { setImmediate as turn } from 'node:timers/promises';
import { openChannel, type Channel } from './channel.mts';
import type { Running, Transport } from './contenders.mts';
import { LIFETIME, readAnswer, Template, type Answer, type Kind } from './publish.mts';
import { TagTable } from './tag-table.mts';

/** Requests under way at most; a transaction's number is a running one, then that of its slot. */
const SLOTS = 1000;
/** Milliseconds until a datagram is sent again, as often as it takes (T1), and until an answer is given up (64*T1). */
const RESEND = 500;
const GIVE_UP = 32_000;

export interface Phase {
  readonly kind: Kind;
  readonly count: number;
  /** The number of the publication of the request of that index; the index itself unless given. */
  readonly publication?: (index: number) => number;
  /** As many as this are under way at a time. */
  readonly window: number;
  /** Requests a second, whatever is answered; without it the next goes when one is answered. */
  readonly rate?: number;
  /** Seconds; told when each is sent. */
  readonly expires?: () => number;
}

export interface Outcome {
  readonly seconds: number;
  /** Answers that should have been others, by what is wrong with them. */
  readonly wrong: ReadonlyMap<string, number>;
  readonly resent: number;
  /** Milliseconds from the moment at which each was due to its answer; the slowest is last. */
  readonly times: Float64Array;
}

interface Slot {
  readonly number: number;
  readonly bytes: Buffer;
  length: number;
  /** 0 if it is free. */
  transaction: number;
  index: number;
  publication: number;
  expires: number;
  /** Milliseconds, of performance.now(). */
  due: number;
  sent: number;
}

let transactions = 0;

/** A prime, so that no number of publications of interest has a divisor in common with it. */
const STRIDE = 7919;

/** Publications from all over the first `count` ones, each as often as any other. */
export function scattered(index: number, count: number): number {
  return (index * STRIDE) % count;
}

/** Publishes: phases over the same publications, with requests that are made beforehand, each in the one buffer of its slot. */
export class Generator {
  readonly #slots: readonly Slot[] = Array.from({ length: SLOTS }, (_, number) => ({ number, bytes: Buffer.alloc(2048), length: 0, transaction: 0, index: 0, publication: 0, expires: 0, due: 0, sent: 0 }));
  readonly #tags: TagTable;
  #channel: Channel | undefined;
  #broken: Error | undefined;
  #course: Course | undefined;

  /** `perAor` publications share an address of record. It has no server yet. */
  constructor(private readonly transport: Transport, publications: number, private readonly perAor = 1) {
    this.#tags = new TagTable(publications);
  }

  /** `perAor` publications share an address of record. */
  static async open({ port }: Pick<Running, 'port'>, transport: Transport, publications: number, perAor = 1): Promise<Generator> {
    const generator = new Generator(transport, publications, perAor);
    await generator.connect({ port });
    return generator;
  }

  /** Goes on with the same publications at another server, or the same one started again. */
  async connect({ port }: Pick<Running, 'port'>): Promise<void> {
    this.#channel?.close();
    this.#channel = await openChannel(this.transport, port, (text) => { this.#receive(text); }, (error) => { this.#break(error); });
  }

  [Symbol.dispose](): void {
    this.#channel?.close();
  }

  /** Throws if the connection breaks, or nothing at all is answered. */
  async run(phase: Phase): Promise<Outcome> {
    const channel = this.#channel;
    if (channel === undefined || this.#broken !== undefined) throw this.#broken ?? new Error('not open');
    const template = new Template(phase.kind, { transport: this.transport.toUpperCase(), port: channel.port });
    const course = new Course(phase, { slots: this.#slots, tags: this.#tags, template, channel, resends: this.transport === 'udp', perAor: this.perAor });
    this.#course = course;
    try {
      return await course.run();
    } finally {
      this.#course = undefined;
    }
  }

  #receive(text: string): void {
    const answer = readAnswer(text);
    if (answer !== undefined) this.#course?.receive(answer);
  }

  #break(error: Error): void {
    this.#broken = error;
    this.#course?.fail(error);
  }
}

interface Ground {
  readonly slots: readonly Slot[];
  readonly tags: TagTable;
  readonly template: Template;
  readonly channel: Channel;
  readonly resends: boolean;
  readonly perAor: number;
}

/** A phase under way. */
class Course {
  readonly #free: Slot[];
  readonly #wrong = new Map<string, number>();
  readonly #times: Float64Array;
  #began = 0;
  #answered = 0;
  #next = 0;
  #ended = 0;
  #resent = 0;
  #error: Error | undefined;
  #finish: () => void = () => undefined;

  constructor(private readonly phase: Phase, private readonly ground: Ground) {
    this.#free = ground.slots.slice(0, phase.window);
    this.#times = new Float64Array(phase.count).fill(Infinity);
  }

  async run(): Promise<Outcome> {
    const finished = new Promise<void>((resolve) => { this.#finish = resolve; });
    const watch = setInterval(() => { this.#watch(); }, 50);
    this.#began = this.#answered = performance.now();
    try {
      if (this.phase.rate === undefined) this.#fill(this.phase.count);
      else await this.#pace(this.phase.rate);
      await finished;
    } finally {
      clearInterval(watch);
      for (const slot of this.ground.slots) slot.transaction = 0;
    }
    const seconds = (performance.now() - this.#began) / 1000;
    if (this.#error !== undefined) throw this.#error;
    return { seconds, wrong: this.#wrong, resent: this.#resent, times: this.#times.sort() };
  }

  receive(answer: Answer): void {
    const slot = this.ground.slots[answer.transaction % SLOTS];
    if (slot?.transaction !== answer.transaction) return; // an answer again
    const fault = faultOf(this.phase.kind, answer, slot.expires);
    if (fault !== undefined) this.#count(fault);
    else if (answer.tag !== '' && this.phase.kind !== '412') this.ground.tags.set(slot.publication, answer.tag);
    this.#answered = performance.now();
    this.#times[slot.index] = this.#answered - slot.due;
    this.#release(slot);
    if (this.phase.rate === undefined) this.#fill(this.phase.count);
  }

  fail(error: Error): void {
    this.#error ??= error;
    this.#finish();
  }

  /** Polls: a timer would be late by up to a millisecond. */
  async #pace(rate: number): Promise<void> {
    while (this.#next < this.phase.count && this.#error === undefined) {
      this.#fill(Math.min(this.phase.count, 1 + Math.floor((performance.now() - this.#began) * rate / 1000)));
      await turn();
    }
  }

  /** Sends those before `end`, as far as slots are free. */
  #fill(end: number): void {
    while (this.#next < end) {
      const slot = this.#free.pop();
      if (slot === undefined) return;
      this.#send(slot, this.#next++);
    }
  }

  #send(slot: Slot, index: number): void {
    const { rate, publication, expires } = this.phase;
    const { template, tags, channel, perAor } = this.ground;
    slot.index = index;
    slot.publication = publication?.(index) ?? index;
    slot.expires = expires?.() ?? LIFETIME;
    slot.transaction = ++transactions * SLOTS + slot.number;
    slot.sent = performance.now();
    slot.due = rate === undefined ? slot.sent : this.#began + 1000 * index / rate;
    const user = Math.floor(slot.publication / perAor);
    slot.length = template.write(slot.bytes, { user, transaction: slot.transaction, expires: slot.expires }, tags.get(slot.publication));
    channel.send(slot.bytes.subarray(0, slot.length));
  }

  #release(slot: Slot): void {
    slot.transaction = 0;
    this.#free.push(slot);
    if (++this.#ended === this.phase.count) this.#finish();
  }

  #watch(): void {
    const now = performance.now();
    if (now - this.#answered > GIVE_UP) this.fail(new Error(`nothing was answered for ${GIVE_UP / 1000} s`));
    for (const slot of this.ground.slots) {
      if (slot.transaction === 0) continue;
      if (now - slot.due > GIVE_UP) {
        this.#count('no answer');
        this.#release(slot);
      } else if (this.ground.resends && now - slot.sent > RESEND) {
        slot.sent = now;
        this.#resent++;
        this.ground.channel.send(slot.bytes.subarray(0, slot.length));
      }
    }
    if (this.phase.rate === undefined) this.#fill(this.phase.count);
  }

  #count(fault: string): void {
    this.#wrong.set(fault, (this.#wrong.get(fault) ?? 0) + 1);
  }
}

function faultOf(kind: Kind, { code, tag, expires }: Answer, asked: number): string | undefined {
  const wanted = kind === '412' ? '412' : '200';
  if (code !== wanted) return `${code} for ${wanted}`;
  if (kind === '412') return undefined;
  if (tag === '') return 'no SIP-ETag';
  return kind === 'remove' || (Number(expires) > 0 && Number(expires) <= asked) ? undefined : `Expires: ${expires}`;
}
