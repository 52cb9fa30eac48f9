import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { dialog, dialogInfo, pidf, tuple } from './documents.ts';
import { NotifierUnderTest, type Outcome, type SentNotify } from './notifier-under-test.ts';

/** What may happen, with small numbers that choose among what is there. */
type Step =
  | { readonly type: 'publish' | 'modify' | 'remove' | 'watch' | 'refresh' | 'end' | 'fetch' | 'decide' | 'answer' | 'expire'; readonly n: number }
  | { readonly type: 'pass'; readonly n: number };

const steps = fc.array(fc.record({
  type: fc.constantFrom<Step['type']>('publish', 'publish', 'modify', 'modify', 'remove', 'watch', 'watch', 'refresh', 'end', 'fetch', 'decide', 'answer', 'answer', 'answer', 'expire', 'pass', 'pass', 'pass'),
  n: fc.nat(1000),
}), { minLength: 5, maxLength: 120 });

const outcomes: readonly Outcome[] = [200, 200, 200, 500, [503, 3], 'timeout', 'timeout', 'transport', 407];
const events = ['presence', 'dialog'] as const;
const decisions = ['allow', 'confirm', 'polite_block'] as const;

/** One run: what was published, who watches, and what has not been answered. */
class Run {
  readonly test = new NotifierUnderTest({ options: { sip_event_notifier_on_timeout: 'keep', sip_event_notifier_max_per_watcher: 3 } });
  readonly tags: { readonly tag: string; readonly event: (typeof events)[number] }[] = [];
  readonly pending: SentNotify[] = [];
  /** Of each watcher: what he took last, and in which state; how often he was asked for by a SUBSCRIBE since, and whether he has ended. */
  readonly seen = new Map<string, { body: string; state: string; owed: number; isOver: boolean; version: number; isBusy: boolean }>();
  #bodies = 0;

  constructor(private readonly clock: sinon.SinonFakeTimers) {
    this.test.answers = (sent) => { this.#check(sent); this.pending.push(sent); return 'later'; };
  }

  get live(): readonly string[] {
    return [...this.test.notifier.watchers()].map(({ id }) => id);
  }

  async take({ type, n }: Step): Promise<void> {
    switch (type) {
      case 'publish': return this.#publish(events[n % 2]!, undefined);
      case 'modify': { const one = this.#pick(this.tags, n); return one === undefined ? undefined : this.#publish(one.event, one.tag); }
      case 'remove': return this.#remove(n);
      case 'watch': return this.#watch(n);
      case 'fetch': this.seen.set((await this.test.ask({ expires: 0 })).handle, this.#fresh()); return;
      case 'refresh': return this.#again(n, 300);
      case 'end': return this.#again(n, 0);
      case 'decide': { const id = this.#pick(this.live, n); if (id !== undefined) this.test.notifier.decide(id, decisions[n % 3]!); return; }
      case 'answer': { const one = this.pending.splice(n % Math.max(1, this.pending.length), 1)[0]; if (one !== undefined) this.#answer(one, outcomes[n % outcomes.length]!); return this.pass(0); }
      case 'expire': { const id = this.#pick(this.live, n); if (id !== undefined) this.test.end(id, ['terminated', 'timeout']); return; }
      case 'pass': return this.pass(n * 20);
    }
  }

  async pass(ms: number): Promise<void> {
    await this.clock.tickAsync(ms + 1);
  }

  /** Everybody answers from now on, and nothing happens any more. */
  async rest(): Promise<void> {
    for (let round = 0; round < 40; round++) {
      for (const one of this.pending.splice(0)) this.#answer(one, 200);
      await this.pass(30_000 / 4);
    }
  }

  async checkRest(): Promise<void> {
    expect(this.pending).to.have.length(0);
    for (const { id, event, decision } of this.test.notifier.watchers()) {
      const state = await this.test.notifier.stateOf('sip:alice@example.com', event);
      const shown = decision === 'allow' ? Buffer.from(state.data).toString() : undefined;
      const has = this.seen.get(id)?.body ?? '';
      if (shown !== undefined) expect(plain(has), `${id} ${event}`).to.equal(plain(shown));
      else expect(has).to.match(/<basic>closed|<state>terminated/);
      expect(this.seen.get(id)?.state).to.equal(decision === 'confirm' ? 'pending' : 'active');
    }
  }

  #fresh(): { body: string; state: string; owed: number; isOver: boolean; version: number; isBusy: boolean } {
    return { body: '', state: '', owed: 1, isOver: false, version: -1, isBusy: false };
  }

  #pick<T>(list: readonly T[], n: number): T | undefined {
    return list[n % Math.max(1, list.length)];
  }

  async #publish(event: (typeof events)[number], tag: string | undefined): Promise<void> {
    const body = event === 'presence' ? pidf(tuple(`t${++this.#bodies % 5}`, this.#bodies % 2 === 0 ? 'open' : 'closed')) : dialogInfo(dialog(String(this.#bodies++ % 3), this.#bodies % 2 === 0 ? 'early' : 'confirmed'));
    const published = await this.test.compositor.publish({ uri: 'sip:alice@example.com', event, body, type: event === 'presence' ? 'application/pidf+xml' : 'application/dialog-info+xml', expires: 20 + this.#bodies % 100, ...(tag !== undefined && { ifMatch: tag }) });
    if (tag === undefined && published.tag !== undefined) this.tags.push({ tag: published.tag, event });
  }

  async #remove(n: number): Promise<void> {
    const one = this.tags.splice(n % Math.max(1, this.tags.length), 1)[0];
    if (one !== undefined) await this.test.compositor.publish({ uri: 'sip:alice@example.com', event: one.event, expires: 0, ifMatch: one.tag });
  }

  async #watch(n: number): Promise<void> {
    const { handle } = await this.test.ask({ event: events[n % 2]!, contact: `<sip:w${n % 7}@192.0.2.9>`, source: { transport: n % 5 === 0 ? 'tcp' : 'udp', address: '192.0.2.9', port: n } });
    this.seen.set(handle, this.#fresh());
  }

  async #again(n: number, expires: number): Promise<void> {
    const id = this.#pick(this.live, n);
    if (id === undefined) return;
    const seen = this.seen.get(id);
    if (seen !== undefined) seen.owed++;
    await this.test.refresh(id, { event: this.test.watcher(id).event, expires });
  }

  #answer(sent: SentNotify, outcome: Outcome): void {
    const seen = this.seen.get(sent.handle);
    if (seen !== undefined) {
      seen.isBusy = false;
      if (outcome === 200) Object.assign(seen, { body: sent.body, state: sent.state });
      // What was not taken goes again, and so it may after no answer.
      else seen.owed++;
    }
    sent.answer(outcome);
  }

  /** Of each NOTIFY as it is sent. */
  #check({ handle, state, body }: SentNotify): void {
    const seen = this.seen.get(handle) ?? this.#fresh();
    this.seen.set(handle, seen);
    expect(seen.isOver, `${handle} is sent something after terminated`).to.equal(false);
    seen.isOver = state.startsWith('terminated');
    if (!seen.isOver) {
      expect(seen.isBusy, `${handle} has two NOTIFYs under way`).to.equal(false);
      seen.isBusy = true;
      const before = this.test.sent.filter((one) => one.handle === handle).at(-2)?.state;
      if (plain(body) === plain(seen.body) && before === state) expect(seen.owed--, `${handle} is sent what he has`).to.be.above(0);
    }
    const version = /version="(\d+)"/.exec(body)?.[1];
    if (version === undefined || !body.includes('dialog-info')) return;
    expect(Number(version), `the version of ${handle}`).to.be.above(seen.version);
    seen.version = Number(version);
  }
}

/** Without what differs from one NOTIFY to the next. */
function plain(body: string): string {
  return body.replace(/ version="\d+"/, '');
}

describe('watchers, whatever happens', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: 1_800_000_000_000 }); });
  afterEach(() => { clock.restore(); });

  it('hold the composed state at rest; versions only rise; nobody gets twice what he has; terminated is last', async function () {
    this.timeout(60_000);
    await fc.assert(fc.asyncProperty(steps, async (taken) => {
      const run = new Run(clock);
      try {
        for (const step of taken) await run.take(step);
        await run.rest();
        await run.checkRest();
      } finally {
        await run.test.close();
      }
    }), { numRuns: 200 });
  });
});
