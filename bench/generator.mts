import { openChannel, openUdpPorts, type Channel } from './channel.mts';
import type { Running, Transport } from './contenders.mts';
import { Course, freeSlots, type Outcome, type Pace, type Work } from './course.mts';
import { faultOf, LIFETIME, publishTemplate, type Kind } from './publish.mts';
import { field } from './response.mts';
import { TextTable } from './text-table.mts';

export interface Phase extends Pace {
  readonly kind: Kind;
  /** The number of the publication of the request of that index; the index itself unless given. */
  readonly publication?: (index: number) => number;
  /** Seconds; told when each is sent. */
  readonly expires?: () => number;
}

/** A prime, so that no number of publications of interest has a divisor in common with it. */
const STRIDE = 7919;

/** Publications from all over the first `count` ones, each as often as any other. */
export function scattered(index: number, count: number): number {
  return (index * STRIDE) % count;
}

/** Publishes: phases over the same publications, with requests that are made beforehand, each in the one buffer of its slot. */
export class Generator {
  readonly #slots = freeSlots();
  readonly #tags: TextTable;
  #channel: Channel | undefined;
  #broken: Error | undefined;
  #course: Course | undefined;

  /** `perAor` publications share an address of record. Over UDP it sends from so many `ports`. It has no server yet. */
  constructor(private readonly transport: Transport, publications: number, private readonly perAor = 1, private readonly ports = 1) {
    this.#tags = new TextTable(publications);
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
    const [received, broken] = [(text: string) => { this.#course?.receive(text); }, (error: Error) => { this.#break(error); }];
    this.#channel = this.ports > 1 ? await openUdpPorts(this.ports, port, received, broken) : await openChannel(this.transport, port, received, broken);
  }

  [Symbol.dispose](): void {
    this.#channel?.close();
  }

  /** Throws if the connection breaks, or nothing at all is answered. */
  async run(phase: Phase): Promise<Outcome> {
    const channel = this.#channel;
    if (channel === undefined || this.#broken !== undefined) throw this.#broken ?? new Error('not open');
    this.#course = new Course(this.#slots, phase, this.#work(phase, channel));
    try {
      return await this.#course.run();
    } finally {
      this.#course = undefined;
    }
  }

  #work({ kind, publication, expires }: Phase, channel: Channel): Work {
    const template = publishTemplate(kind, { transport: this.transport.toUpperCase(), address: channel.address, port: channel.port });
    return {
      resends: this.transport === 'udp',
      write: (slot, index) => {
        slot.subject = publication?.(index) ?? index;
        slot.expires = expires?.() ?? LIFETIME;
        const numbers = { user: Math.floor(slot.subject / this.perAor), transaction: slot.transaction, expires: slot.expires };
        return template.write(slot.bytes, numbers, this.#tags.get(slot.subject));
      },
      send: ({ bytes, length }) => { channel.send(bytes.subarray(0, length)); },
      take: ({ subject, expires: asked }, response) => {
        const fault = faultOf(kind, response, asked);
        if (fault === undefined && kind !== '412') this.#tags.set(subject, field(response.text, 'SIP-ETag'));
        return fault;
      },
    };
  }

  #break(error: Error): void {
    this.#broken = error;
    this.#course?.fail(error);
  }
}
