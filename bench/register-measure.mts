/** The measurements of `npm run bench -- --only register`. */
import { openChannels, type Channel, type Traffic } from './channel.mts';
import { nameOf, type Contender, type Place, type Running, type Transport } from './contenders.mts';
import { Course, freeSlots, type Outcome, type Pace, type Work } from './course.mts';
import { WARM } from './measure.mts';
import { metered } from './meter.mts';
import { Pair, weighed } from './pair.mts';
import type { Plan } from './plan.mts';
import { LIFETIME } from './publish.mts';
import { registerFaultOf, registerKinds, registerTemplate, type RegisterKind } from './register.mts';
import type { Sample } from './samples.mts';
import { percentile } from './statistics.mts';

interface Phase extends Pace { readonly kind: RegisterKind }

/** Registers: phases over the same addresses, each with one contact. */
export class RegisterGenerator {
  readonly #slots = freeSlots();
  #course: Course | undefined;
  /** Of CSeq: rises with each phase. */
  #sequence = 0;

  private constructor(private readonly transport: Transport, private readonly channel: Channel) {}

  /** Over so many connections in turn. */
  static async open({ port }: Pick<Running, 'port'>, transport: Transport = 'udp', connections = 1): Promise<RegisterGenerator> {
    const generator: RegisterGenerator = new RegisterGenerator(transport, await openChannels(transport, port, connections, (text) => { generator.#course?.receive(text); }, (error) => { generator.#course?.fail(error); }));
    return generator;
  }

  traffic(): Traffic {
    return this.channel.traffic();
  }

  [Symbol.dispose](): void {
    this.channel.close();
  }

  /** Throws if nothing at all is answered. */
  async run(phase: Phase): Promise<Outcome> {
    this.#sequence++;
    this.#course = new Course(this.#slots, phase, this.#work(phase));
    try {
      return await this.#course.run();
    } finally {
      this.#course = undefined;
    }
  }

  #work({ kind }: Phase): Work {
    const { channel } = this;
    const sequence = this.#sequence;
    const template = registerTemplate(kind, { transport: this.transport.toUpperCase(), address: channel.address, port: channel.port });
    return {
      resends: this.transport === 'udp',
      write: (slot, index) => template.write(slot.bytes, { user: index, sequence, transaction: slot.transaction, expires: LIFETIME }),
      send: ({ bytes, length }) => { channel.send(bytes.subarray(0, length)); },
      take: (_slot, response) => registerFaultOf(kind, response, LIFETIME),
    };
  }
}

/** Starts a server, warms it, and measures what each REGISTER costs, and how soon a refresh is answered. */
export async function measureRegister(contender: Contender, place: Place, plan: Plan, round: number): Promise<readonly Sample[]> {
  await using pair = await start(contender, plan);
  const label = { server: contender.name, where: nameOf(place), round };
  const samples: Sample[] = [];
  for (const kind of registerKinds) {
    samples.push(await measurePhase(pair, { kind, count: plan.count, window: contender.window }, label));
    if (kind !== 'reregister') continue;
    const paced = Math.min(plan.count, Math.ceil(plan.rate * plan.seconds));
    samples.push(await measurePhase(pair, { kind, count: paced, window: contender.window, rate: plan.rate }, label));
  }
  return samples;
}

/** Bytes for each address with one contact, when the transactions have ended and the garbage is collected; all servers side by side. */
export async function measureRegistrations(contenders: readonly Contender[], place: Place, plan: Plan): Promise<readonly Sample[]> {
  const starts = contenders.map((contender) => () => start(contender, plan));
  const all = await weighed(starts, plan.settle, plan.count, ({ contender: { window }, generator }) => generator.run({ kind: 'register', count: plan.count, window }));
  return all.map(({ contender: { name }, outcome: { wrong, resent }, weight }) => (
    { server: name, where: nameOf(place), operation: 'register', round: 0, figures: { ...weight }, noise: 0, wrong, resent }));
}

/** Latency if the phase has a rate, else throughput. */
async function measurePhase({ running: { server }, generator }: Pair<RegisterGenerator>, phase: Phase, label: Pick<Sample, 'server' | 'where' | 'round'>): Promise<Sample> {
  const { result: { times, wrong, resent }, cpu, seconds, noise } = await metered(server, () => generator.run(phase));
  const told = { ...label, operation: phase.kind, noise, wrong, resent };
  return phase.rate === undefined
    ? { ...told, figures: { cpu: 10_000 * cpu / phase.count, rate: phase.count / seconds }, busy: cpu / seconds }
    : { ...told, figures: { p50: percentile(times, 0.5), p99: percentile(times, 0.99), p999: percentile(times, 0.999) } };
}

/** The server is warm, and nobody is registered. */
async function start(contender: Contender, { count }: Plan): Promise<Pair<RegisterGenerator>> {
  const { name, startRegistrar, window } = contender;
  if (startRegistrar === undefined) throw new Error(`${name} is no registrar`);
  const pair = await Pair.start(contender, startRegistrar, (running) => RegisterGenerator.open(running));
  try {
    for (const kind of registerKinds) await pair.generator.run({ kind, count: Math.min(WARM, count), window });
    return pair;
  } catch (error) {
    await pair[Symbol.asyncDispose]();
    throw error;
  }
}
