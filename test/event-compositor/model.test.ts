import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RegPublish } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import type { PublishParts } from '../kit/sip-request.ts';
import { answerOf, CompositorUnderTest, type Answer } from './compositor-under-test.ts';
import { outcomeOf, type BodyKind, type ExpiresKind, type Outcome } from './publish-outcomes.ts';
import { ScriptedStore, TIMEOUT, type Behaviour } from './scripted-store.ts';

const SECRET = 'the secret of all processes';
const MAX_WAITING = 3;

/** A request of the script. Which tag and which process it means is settled when it is sent. */
interface Scripted {
  readonly kind: 'initial' | 'refresh' | 'modify' | 'remove' | 'bad' | 'repeat';
  /** Milliseconds after the one before; 0 makes rivals. */
  readonly after: number;
  readonly aor: number;
  readonly process: number;
  readonly which: number;
}

/** A request that was sent. Its `expires` is like that of no other one: by it a record tells whose it is. */
interface Sent {
  readonly parts: PublishParts & { readonly expires: number; readonly transaction: number };
  readonly kind: Scripted['kind'];
  readonly user: string;
  readonly process: number;
  readonly at: number;
  answer?: Answer;
  answeredAt?: number;
}

interface World {
  readonly renew: boolean;
  readonly atomic: boolean;
  readonly processes: number;
  readonly script: readonly Behaviour[];
  readonly requests: readonly Scripted[];
}

const scripted = fc.record({
  kind: fc.constantFrom('initial', 'initial', 'refresh', 'modify', 'modify', 'remove', 'bad', 'repeat'),
  after: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 8000 })),
  aor: fc.constantFrom(0, 0, 0, 1), process: fc.nat(1),
  // Most clients use the newest tag, and so do their rivals.
  which: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(30)),
}) satisfies fc.Arbitrary<Scripted>;

const delay = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 2000 }));
const sound: fc.Arbitrary<Behaviour> = fc.record({ fault: fc.constant('none'), delay, early: fc.boolean(), done: fc.constant(true) });
const faulty: fc.Arbitrary<Behaviour> = fc.record({
  fault: fc.oneof({ weight: 4, arbitrary: fc.constant('none' as const) }, fc.constantFrom('throws', 'rejects', 'unavailable', 'nonsense', 'hangs', 'denies')),
  delay: fc.oneof({ weight: 6, arbitrary: delay }, fc.constant(TIMEOUT), fc.integer({ min: TIMEOUT, max: 3 * TIMEOUT })), early: fc.boolean(), done: fc.boolean(),
});

/** Goes from timer to timer until there is none, and lets everything happen in between. */
async function runAll(clock: sinon.SinonFakeTimers): Promise<void> {
  for (;;) {
    await nextTurn(); // every promise that can go on has gone on then
    if (clock.countTimers() === 0) return;
    clock.next();
  }
}

/** Sends the requests of a world and answers what became of them. */
class Run {
  readonly store: ScriptedStore;
  readonly processes: readonly CompositorUnderTest[];
  readonly sent: Sent[] = [];
  /** The most requests of one address that waited in one process. */
  mostPending = 0;

  constructor(readonly world: World, limits = {}) {
    this.store = new ScriptedStore(world.atomic, world.script);
    this.processes = Array.from({ length: world.processes }, (_, number) => new CompositorUnderTest({
      options: { sip_event_compositor_etag: world.renew ? 'renew' : 'keep', sip_event_compositor_secret: SECRET, ...limits },
      store: this.store.of(number),
    }));
  }

  async play(clock: sinon.SinonFakeTimers): Promise<void> {
    for (const aor of [0, 1]) this.#send({ kind: 'initial', after: 0, aor, process: 0, which: 0 });
    this.store.begin();
    let delay = 1;
    for (const request of this.world.requests) setTimeout(() => this.#send(request), delay += request.after);
    await runAll(clock);
  }

  #send(request: Scripted): void {
    const { kind, process: wished } = request;
    const number = this.sent.length;
    const process = wished % this.world.processes;
    const repeated = kind === 'repeat' ? this.#repeatable(request.which) : undefined;
    if (kind === 'repeat' && repeated === undefined) return;
    const user = repeated?.user ?? `u${request.aor}`;
    const own = { uri: `sip:${user}@example.com`, expires: kind === 'remove' ? 0 : 10_000 + 1000 * number, transaction: number };
    const tag = this.#tag(request.which, user);
    const parts: Readonly<Record<Exclude<Scripted['kind'], 'repeat'>, PublishParts>> = {
      initial: { body: `body ${number}` }, refresh: { ifMatch: tag }, modify: { ifMatch: tag, body: `body ${number}` }, remove: { ifMatch: tag },
      bad: { ifMatch: tag, body: `body ${number}`, type: 'text/plain' },
    };
    const sent: Sent = {
      parts: kind === 'repeat' ? (repeated as Sent).parts : { ...parts[kind], ...own },
      kind: repeated?.kind ?? kind, user, process, at: Date.now(),
    };
    this.sent.push(sent);
    const answered = (answer: Answer): void => { Object.assign(sent, { answer, answeredAt: Date.now() }); };
    const reply = (this.processes[process] as CompositorUnderTest).now(sent.parts);
    if (reply instanceof Promise) void reply.then((value) => answered(answerOf(value)));
    else answered(answerOf(reply));
    const pending = this.sent.filter((one) => one.user === user && one.process === process && one.answer === undefined);
    this.mostPending = Math.max(this.mostPending, pending.length);
  }

  /** A tag that a client of this address may hold, be it good or not. */
  #tag(which: number, user: string): string {
    const tags = this.sent.filter((one) => one.user === user && one.answer?.tag !== undefined).map((one) => one.answer?.tag ?? '');
    return tags.at(-1 - (which % (tags.length + 1))) ?? 'nowhere';
  }

  /**
   * A change that may come again, to another process even. Where the store is simple only one that was answered: two processes
   * at the same repeat cannot tell each other from rivals there.
   */
  #repeatable(which: number): Sent | undefined {
    const changes = this.sent.filter(({ kind, answer }) => (kind === 'refresh' || kind === 'modify') && (this.world.atomic || answer?.code === 'ok'));
    return this.world.renew ? changes[which % (changes.length || 1)] : undefined;
  }
}

/** What is stored in the model. */
interface Publication {
  readonly transaction: number;
  readonly tag: string;
  readonly expires: number;
  readonly body: string;
}

const kindsOf: Readonly<Record<Exclude<Scripted['kind'], 'repeat'>, readonly [ExpiresKind, BodyKind]>> = {
  initial: ['enough', 'taken'], refresh: ['enough', 'none'], modify: ['enough', 'taken'], remove: ['zero', 'none'], bad: ['enough', 'not taken'],
};
const refusals: Readonly<Record<Outcome & number, string>> = {
  400: 'invalid_request', 412: 'conditional_request_failed', 415: '415', 423: 'interval_too_brief',
};

/** The publications of one resource, and every tag that it ever had. */
class Resource {
  readonly #publications = new Map<string, Publication>();
  readonly #tags = new Set<string>();

  constructor(readonly renew: boolean) {}

  /** Checks the answer to a request against the rules of RFC 3903, and does what was asked for. */
  take({ kind, parts, answer }: Sent): void {
    const { ifMatch, transaction, expires } = parts;
    const known = this.#publications.get(String(ifMatch));
    const outcome = outcomeOf(ifMatch === undefined ? 'absent' : known === undefined ? 'unknown' : 'known', ...kindsOf[kind as keyof typeof kindsOf]);
    const repeated = this.renew && outcome === 412 ? this.#of(transaction) : undefined;
    if (repeated !== undefined) return this.#repeats(repeated, answer);
    if (typeof outcome === 'number') return void expect(answer?.code.split(':')[0]).to.equal(refusals[outcome]);
    expect(answer).to.include({ code: 'ok', expires });
    const tag = answer?.tag ?? '';
    if (!this.renew && ifMatch !== undefined) expect(tag, 'a tag that stays').to.equal(ifMatch);
    else expect(this.#tags, 'tags that this resource had before').not.to.include(tag);
    this.#tags.add(tag);
    this.#publications.delete(String(ifMatch));
    // RFC 3903 4.3: a refresh leaves the body as it is.
    if (outcome !== 'removed') this.#publications.set(tag, { transaction, tag, expires, body: String(parts.body ?? known?.body) });
  }

  /** The body under each tag. */
  get bodies(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#publications].map(([tag, { body }]) => [tag, body]));
  }

  /** A repeat is told what the first was told, and the time that remains. */
  #repeats({ tag, expires }: Publication, answer: Answer | undefined): void {
    expect(answer).to.include({ code: 'ok', tag });
    expect(expires - (answer?.expires ?? 0)).to.be.within(0, 400);
  }

  #of(transaction: number): Publication | undefined {
    return [...this.#publications.values()].find((one) => one.transaction === transaction);
  }
}

function bodiesIn(store: ScriptedStore, user: string): Readonly<Record<string, string>> {
  const own = [...store.records].filter(([key]) => key.startsWith(`${user} `));
  return Object.fromEntries(own.map(([key, { data }]) => [key.slice(user.length + 1), Buffer.from(data).toString()]));
}

const failed = ({ answer }: Sent): boolean => answer !== undefined && /^(?:internal_error|service_unavailable|503)/.test(answer.code);
const isOwn = (record: RegPublish | undefined, { parts, at }: Sent): boolean => record !== undefined && Math.abs(record.expires - at / 1000 - parts.expires) < 500;
const isText = (record: RegPublish, text: string | undefined): boolean => text === undefined || Buffer.from(record.data).toString() === text;

describe('the compositor against its model', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'performance', 'setTimeout', 'clearTimeout'] }); });
  afterEach(() => clock.restore());

  const numRuns = Number(process.env['MODEL_RUNS'] ?? 150);
  const world = (script: fc.Arbitrary<Behaviour>, processes: fc.Arbitrary<number>): fc.Arbitrary<World> => fc.record({
    renew: fc.boolean(), atomic: fc.boolean(), processes, script: fc.array(script, { minLength: 1, maxLength: 30 }),
    requests: fc.array(scripted, { minLength: 1, maxLength: 25 }),
  }).map((one) => one.renew ? one : { ...one, processes: 1 });

  it('A27 one process on a sound store, however slow: each answer is what RFC 3903 says, in the order of arrival', async () => {
    await fc.assert(fc.asyncProperty(world(sound, fc.constant(1)), async (one) => {
      const run = new Run(one);
      await run.play(clock);
      const resources = new Map(['u0', 'u1'].map((user) => [user, new Resource(one.renew)]));
      for (const sent of run.sent) resources.get(sent.user)?.take(sent);
      for (const [user, { bodies }] of resources) expect(bodiesIn(run.store, user)).to.deep.equal(bodies);
    }), { numRuns });
  });

  const holds = async (one: World): Promise<void> => {
    const run = new Run(one, { sip_event_compositor_max_waiting: MAX_WAITING });
    await run.play(clock);
    for (const { answer } of run.sent) expect(answer, 'a request without an answer').not.to.equal(undefined);
    expect(run.mostPending, 'requests that wait for one address').to.be.at.most(1 + MAX_WAITING);
    oneAtATime(run);
    onlyWhatTheStoreSaid(run);
    oneWinner(run);
    nothingLost(run);
    nothingLeft(run);
    lateIsLogged(run);
  };

  it('A24 two processes racing on a slow store: one wins each tag, nothing is lost, nothing of a loser is left', async () => {
    const racing = world(sound, fc.constant(2)).map((one) => ({ ...one, renew: true, processes: 2 }));
    await fc.assert(fc.asyncProperty(racing, holds), { numRuns: 2 * numRuns });
  });

  it('A22 one or two processes on a store that is slow, hung, lying, failing and racing', async () => {
    await fc.assert(fc.asyncProperty(world(faulty, fc.integer({ min: 1, max: 2 })), holds), { numRuns: 2 * numRuns });
  });
});

/** One operation at a time for an address in a process, but for those that were given up; puts in the order of arrival. */
function oneAtATime({ store, sent }: Run): void {
  for (const [i, { process, op, at }] of store.asked.entries()) {
    if (op.type === 'del_all') continue;
    for (const before of store.asked.slice(0, i)) {
      if (before.op.type === 'del_all' || before.process !== process || before.op.aor.user !== op.aor.user) continue;
      const end = Math.min(before.answeredAt ?? Infinity, before.at + TIMEOUT);
      expect(end, `'${op.type}' began while '${before.op.type}' was under way`).to.be.at.most(at);
    }
  }
  const order = (process: number, user: string): number[] => store.asked.flatMap(({ op, process: by }) =>
    op.type === 'put' && by === process && op.aor.user === user ? [sent.findIndex((one) => one.process === by && one.parts.expires === op.ttl)] : []);
  for (const process of [0, 1]) for (const user of ['u0', 'u1']) {
    // A repeat has the lifetime of the first one: it is found at the first's place.
    const places = order(process, user).filter((place) => sent.filter(({ parts }) => parts.expires === sent[place]?.parts.expires).length === 1);
    expect(places).to.deep.equal([...places].sort((a, b) => a - b));
  }
}

/** A 200 only after the store has said so in time: to a put of this request, a del of its tag, or a get of its own new tag. */
function onlyWhatTheStoreSaid({ store, sent, world }: Run): void {
  for (const { parts, answer, user, process, at, answeredAt, kind } of sent) {
    if (answer?.code !== 'ok') continue;
    const heard = store.asked.filter(({ process: by, op, at: began, answeredAt: told = Infinity }) => by === process && op.type !== 'del_all'
      && op.aor.user === user && began >= at && told <= (answeredAt ?? 0) && told - began <= TIMEOUT);
    const said = (type: string, tag: string | undefined, answers: readonly unknown[]): boolean =>
      heard.some(({ op, answer: told }) => op.type === type && 'tag' in op && op.tag === tag && answers.includes(told));
    if (kind === 'remove') expect(said('del', String(parts.ifMatch), ['ok']), 'a removal that was not carried out').to.equal(true);
    else if (kind === 'initial') expect(said('put', answer.tag, ['ok']), 'an initial publication that was not stored').to.equal(true);
    else if (!world.renew) expect(said('put', String(parts.ifMatch), ['ok']), 'a change that was not stored').to.equal(true);
    else {
      const isRepeat = heard.some(({ op, answer: told }) => op.type === 'get' && op.tag === answer.tag && typeof told === 'object');
      const isWon = said('put', answer.tag, ['replaced']) || (said('put', answer.tag, ['ok']) && said('del', String(parts.ifMatch), ['ok']));
      expect(isRepeat || isWon, 'a change that was not won').to.equal(true);
    }
  }
}

/** RFC 3903 6(6): of all that hold one tag one wins it; a repeat of the winner is the winner. */
function oneWinner({ sent, world }: Run): void {
  if (!world.renew) return;
  const winners = new Map<string, Set<number>>();
  for (const { parts, answer, user } of sent) {
    if (answer?.code !== 'ok' || parts.ifMatch === undefined) continue;
    const key = `${user} ${String(parts.ifMatch)}`;
    winners.set(key, (winners.get(key) ?? new Set()).add(parts.transaction));
  }
  for (const [tag, transactions] of winners) expect(transactions.size, `winners of ${tag}`).to.equal(1);
}

/**
 * What was acknowledged last under a tag is there at the end, unless a later request that was acknowledged has changed it. One that
 * failed may or may not have been carried out by the store: then its state is there, or, for a removal, none.
 */
function nothingLost({ store, sent }: Run): void {
  for (const [place, one] of sent.entries()) {
    const { answer, kind, user } = one;
    if (answer?.code !== 'ok' || kind === 'remove') continue;
    const later = sent.filter((other, i) => i !== place && other.user === user && other.parts.ifMatch === answer.tag && (i > place || other.parts.transaction !== one.parts.transaction));
    if (later.some((other) => other.answer?.code === 'ok')) continue;
    const uncertain = later.filter(failed);
    const kept = store.records.get(`${user} ${answer.tag}`);
    const changed = [...store.records].some(([key, record]) => key.startsWith(user) && uncertain.some((other) => isOwn(record, other)));
    if (uncertain.some((other) => other.kind === 'remove') || changed) continue;
    expect(kept, `what was stored under ${answer.tag}`).not.to.equal(undefined);
    if (kept !== undefined) expect(isText(kept, typeof one.parts.body === 'string' ? one.parts.body : undefined)).to.equal(true);
  }
}

/** Of a request that was refused nothing is stored. */
function nothingLeft({ store, sent }: Run): void {
  for (const one of sent) {
    if (one.answer === undefined || one.answer.code === 'ok' || failed(one)) continue;
    if (sent.some((other) => other !== one && other.parts.transaction === one.parts.transaction)) continue;
    for (const [key, record] of store.records) expect(key.startsWith(one.user) && isOwn(record, one), `${one.kind} was refused and is stored`).to.equal(false);
  }
}

function lateIsLogged({ store, processes }: Run): void {
  for (const [number, { logged }] of processes.entries()) {
    const late = store.asked.filter(({ process, at, answeredAt }) => process === number && answeredAt !== undefined && answeredAt - at > TIMEOUT);
    expect(logged.filter((line) => /returned too late/.test(line)).length).to.be.at.least(late.length);
  }
}
