import type { Audience } from './audience.mts';
import { addedUp, openChannel, openUdp, type Channel, type Traffic } from './channel.mts';
import type { Running, Transport } from './contenders.mts';
import { Course, freeSlots, type Outcome, type Pace, type Slot, type Work } from './course.mts';
import { readNotify, responseTo, versionNote, type Notify } from './notify.mts';
import { droppedDatagrams } from './process-cost.mts';
import { faultOf, LIFETIME, publishTemplate } from './publish.mts';
import { field, type Response } from './response.mts';
import { subscribeTemplate, type SubscribeKind } from './subscribe.mts';
import { TextTable } from './text-table.mts';
import { WatcherTable } from './watcher-table.mts';

/** `publish`: the state of each address for the first time. `notify`: it changes, and is done when all who watch the address have been notified. */
export type WatchKind = 'publish' | 'notify' | SubscribeKind;

export interface WatchPhase extends Pace {
  readonly kind: WatchKind;
  /** The addresses or watchers that take part, again and again; all unless given. None has two requests under way. */
  readonly among?: { readonly from: number; readonly count: number };
}

export interface WatchOutcome extends Outcome {
  /** NOTIFYs that came, and those of them that came again. */
  readonly notified: number;
  readonly repeated: number;
  /** Datagrams that the system dropped since the sockets of the watchers were full. */
  readonly dropped: number;
}

/** Watchers who answer every NOTIFY, and the publisher whom they watch. */
export class WatchGenerator implements Disposable {
  readonly #slots = freeSlots();
  readonly #watchers: WatcherTable;
  /** Of each address: its entity-tag, the transaction that published what it has, and how many watch it. */
  readonly #etags: TextTable;
  readonly #versions: Float64Array;
  readonly #audiences: Int32Array;
  #channels: readonly Channel[] = [];
  #course: Course | undefined;
  #kind: WatchKind = 'publish';
  #notified = 0;
  #repeated = 0;

  private constructor(private readonly audience: Audience, private readonly transport: Transport) {
    this.#watchers = new WatcherTable(audience.watchers);
    this.#etags = new TextTable(audience.addresses);
    this.#versions = new Float64Array(audience.addresses);
    this.#audiences = new Int32Array(audience.addresses);
  }

  /** The watchers are at so many addresses of the loopback network; they share so many connections where the transport has them. */
  static async open({ port }: Pick<Running, 'port'>, audience: Audience, places = 1, transport: Transport = 'udp'): Promise<WatchGenerator> {
    const generator = new WatchGenerator(audience, transport);
    const channels: Channel[] = [];
    for (let place = 0; place < places; place++) {
      const received = (text: string): void => { generator.#receive(place, text); };
      const broken = (error: Error): void => { generator.#course?.fail(error); };
      channels.push(await (transport === 'udp' ? openUdp(`127.0.0.${1 + place}`, port, received, broken) : openChannel(transport, port, received, broken)));
    }
    generator.#channels = channels;
    return generator;
  }

  traffic(): Traffic {
    return addedUp(this.#channels);
  }

  [Symbol.dispose](): void {
    for (const channel of this.#channels) channel.close();
  }

  /** Throws if nothing at all is answered. */
  async run(phase: WatchPhase): Promise<WatchOutcome> {
    const isPublish = phase.kind === 'publish' || phase.kind === 'notify';
    const { from, count } = phase.among ?? { from: 0, count: isPublish ? this.audience.addresses : this.audience.watchers };
    const rested = Array.from({ length: count }, (_, index) => from + index);
    const work = phase.kind === 'publish' || phase.kind === 'notify' ? this.#publishing(phase.kind, rested) : this.#subscribing(phase.kind, rested);
    const before = this.#dropped();
    [this.#notified, this.#repeated, this.#kind] = [0, 0, phase.kind];
    this.#course = new Course(this.#slots, { ...phase, window: Math.min(phase.window, count) }, work);
    try {
      const outcome = await this.#course.run();
      return { ...outcome, notified: this.#notified, repeated: this.#repeated, dropped: this.#dropped() - before };
    } finally {
      this.#course = undefined;
    }
  }

  #publishing(kind: 'publish' | 'notify', rested: number[]): Work {
    const channel = this.#channelOf(0);
    const published = kind === 'publish' ? 'initial' : 'modify';
    const template = publishTemplate(published, { transport: this.transport.toUpperCase(), address: channel.address, port: channel.port }, versionNote);
    return {
      resends: this.transport === 'udp',
      write: (slot, index) => {
        const user = slot.subject = rested[index] ?? 0;
        slot.awaited = this.#audiences[user] ?? 0;
        return template.write(slot.bytes, { user, transaction: slot.transaction, expires: LIFETIME }, this.#etags.get(user));
      },
      send: ({ bytes, length }) => { channel.send(bytes.subarray(0, length)); },
      take: ({ subject, transaction }, response) => {
        const fault = faultOf(published, response, LIFETIME);
        if (fault !== undefined) return fault;
        this.#etags.set(subject, field(response.text, 'SIP-ETag'));
        this.#versions[subject] = transaction;
        return undefined;
      },
      ended: ({ subject }) => { rested.push(subject); },
    };
  }

  #subscribing(kind: SubscribeKind, rested: number[]): Work {
    const templates = this.#channels.map(({ address, port }) => subscribeTemplate(kind, { transport: this.transport.toUpperCase(), address, port }));
    return {
      resends: this.transport === 'udp',
      write: (slot, index) => {
        const watcher = slot.subject = rested[index] ?? 0;
        slot.awaited = 1;
        const { dialog, sequence, target, tag } = kind === 'subscribe' ? this.#watchers.begin(watcher, slot.transaction) : this.#watchers.next(watcher, slot.transaction);
        const numbers = { user: this.audience.addressOf(watcher), watcher, dialog, sequence, transaction: slot.transaction, expires: LIFETIME };
        return templates[watcher % templates.length]?.write(slot.bytes, numbers, target, tag) ?? 0;
      },
      send: ({ subject, bytes, length }) => { this.#channelOf(subject).send(bytes.subarray(0, length)); },
      take: (slot, response) => this.#subscribed(kind, slot, response),
      ended: ({ subject }) => {
        this.#watchers.done(subject);
        rested.push(subject);
      },
    };
  }

  #subscribed(kind: SubscribeKind, { subject }: Slot, { code, text }: Response): string | undefined {
    if (code !== '200') return `${code} for 200`;
    const expires = Number(field(text, 'Expires') || NaN);
    if (!(kind === 'unsubscribe' ? expires === 0 : expires > 0 && expires <= LIFETIME)) return `Expires: ${expires}`;
    if (kind !== 'resubscribe') this.#audiences[this.audience.addressOf(subject)]! += kind === 'subscribe' ? 1 : -1;
    if (kind === 'unsubscribe') return undefined;
    const target = /<([^>]+)>/.exec(field(text, 'Contact'))?.[1];
    const tag = /;tag=([^;]+)/.exec(field(text, 'To'))?.[1];
    if (target === undefined || tag === undefined) return 'no Contact or no To tag';
    this.#watchers.enter(subject, target, tag);
    return undefined;
  }

  #receive(place: number, text: string): void {
    if (text.startsWith('SIP/2.0 ')) {
      this.#course?.receive(text);
      return;
    }
    this.#channels[place]?.send(Buffer.from(responseTo(text), 'latin1'));
    const notify = readNotify(text);
    if (notify !== undefined && this.#watchers.has(notify)) this.#take(notify);
  }

  #take(notify: Notify): void {
    if (!this.#watchers.isNews(notify)) {
      this.#repeated++;
      return;
    }
    this.#notified++;
    const course = this.#course;
    if (course === undefined) return;
    const asked = this.#watchers.asked(notify.watcher);
    const isLast = this.#kind === 'unsubscribe' && asked !== 0;
    if (notify.isTerminated !== isLast) course.count(isLast ? 'NOTIFY not terminated' : 'NOTIFY terminated');
    // One without a document goes ahead where the whole one would be too much for an address that nothing proves yet.
    else if (isLast || notify.version !== undefined) this.#finish(course, notify, asked);
  }

  /** A NOTIFY belongs to the SUBSCRIBE that its watcher has under way, else to the PUBLISH whose document it has. */
  #finish(course: Course, { watcher, version = 0 }: Notify, asked: number): void {
    const slot = course.underWay(asked === 0 ? version : asked);
    if (slot === undefined || slot.awaited === 0) {
      course.count('NOTIFY not due');
      return;
    }
    if (this.#kind.endsWith('subscribe') && this.#kind !== 'unsubscribe' && version !== this.#versions[this.audience.addressOf(watcher)]) course.count('NOTIFY of an old state');
    course.notified(slot);
  }

  #channelOf(subject: number): Channel {
    const channel = this.#channels[subject % this.#channels.length];
    if (channel === undefined) throw new Error('not open');
    return channel;
  }

  #dropped(): number {
    return this.#channels.reduce((sum, { port }) => sum + droppedDatagrams(port), 0);
  }
}
