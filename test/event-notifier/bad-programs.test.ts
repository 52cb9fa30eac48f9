import { expect } from 'chai';
import { NksipError } from '@nksip-ts/core';
import { definePackage, type EventPackage, type StateDocument } from '@nksip-ts/event-notifier';
import { NotifiersOnFakeClock, type NotifierUnderTest, type Setup } from './notifier-under-test.ts';
import { SlowStore } from './slow-store.ts';

const text = (data: string): StateDocument => ({ content_type: 'text/plain', data: Buffer.from(data) });
const summary = (waiting: string): StateDocument => ({ content_type: 'application/simple-message-summary', data: Buffer.from(`Messages-Waiting: ${waiting}\r\n`) });

describe('programs that do what they should not', () => {
  const notifiers = new NotifiersOnFakeClock();
  const { make, pass } = notifiers;

  const withPackage = (functions: Partial<EventPackage>, options: Setup['options'] = {}, store?: Setup['store']): NotifierUnderTest => {
    const pack = definePackage({ name: 'x', types: ['text/plain'], defaultExpires: 60, minInterval: 0, compose: () => text('state'), neutral: () => text('nothing'), ...functions });
    return make({ events: ['x'], options: { sip_event_notifier_packages: [pack], ...options }, ...(store !== undefined && { store }) });
  };

  describe('a package whose neutral throws', () => {
    it('a SUBSCRIBE of who may not see gets a 503 with Retry-After, is no watcher, and that is one fault', async () => {
      const test = withPackage({ neutral: () => { throw new Error('cannot'); } }, { sip_event_notifier_default_decision: 'confirm' });
      expect((await test.ask({ event: 'x' })).text).to.equal('503: State Not Available 5');
      expect((await test.ask({ event: 'x', expires: 0 })).text).to.equal('503: State Not Available 5');
      expect([test.size, test.faults.length]).to.deep.equal([0, 2]);
    });

    it('later: who is pending keeps what it has, is never shown the state instead, and ends when its time is over', async () => {
      let isBroken = false;
      const test = withPackage({ neutral: () => { if (isBroken) throw new Error('cannot'); return text('nothing'); } }, { sip_event_notifier_default_decision: 'confirm' });
      const before = test.memory.used;
      const handle = await test.watch({ event: 'x' });
      await pass();
      isBroken = true;
      await test.refresh(handle, { event: 'x' });
      await test.publish('secret', { event: 'x', type: 'text/plain' });
      await pass(60_000);
      expect(test.bodies(handle)).to.deep.equal(['nothing']);
      expect(test.notifier.decide(handle, 'polite_block')).to.equal('ok');
      await pass(60_000);
      expect(test.bodies(handle)).to.deep.equal(['nothing']);
      test.end(handle, ['terminated', 'timeout']);
      expect([test.states(handle).at(-1), test.bodies(handle).at(-1)]).to.deep.equal(['terminated;timeout', '']);
      expect(test.size).to.equal(0);
      expect(test.memory.used).to.equal(before);
      expect(test.faults).not.to.deep.equal([]);
    });
  });

  const rubbish: readonly (readonly [string, unknown])[] = [
    ['undefined', undefined], ['a text', 'state'], ['a text as data', { data: 'state', content_type: 'text/plain' }], ['no content_type', { data: Buffer.from('state') }],
    ['a content_type that is two header lines', { data: Buffer.from('state'), content_type: 'text/plain\r\nX: y' }],
  ];
  for (const [what, returned] of [...rubbish, ['a promise that is rejected', 'promise']] as const) {
    const give = (): never => (returned === 'promise' ? Promise.reject(new Error('late')) : returned) as never;
    for (const name of ['compose', 'neutral'] as const) {
      it(`a package whose ${name} returns ${what}: 503, and a fault that names it`, async () => {
        const test = withPackage({ [name]: give });
        if (name === 'compose') await test.publish('state', { event: 'x', type: 'text/plain' });
        expect((await test.ask({ event: 'x' })).text).to.equal('503: State Not Available 5');
        const [fault] = test.faults;
        expect([test.size, test.faults.length, fault instanceof NksipError && fault.code, String(fault)]).to.deep.include.members([0, 1, 'callback_error']);
        expect(String(fault)).to.include(`${name} of the event package x`);
      });
    }

    it(`a package whose finish returns ${what}: nothing is sent, and a fault names it`, async () => {
      const test = withPackage({ finish: give });
      await test.watch({ event: 'x' });
      await pass(1000);
      expect(test.sent).to.deep.equal([]);
      expect(String(test.faults[0])).to.include('finish of the event package x');
    });
  }

  it('C05 a package whose finish throws: whoever ends, fetches or is ended is told so, without the document', async () => {
    let isBroken = false;
    const test = withPackage({ finish: (document) => { if (isBroken) throw new Error('cannot'); return document; } });
    const handles = [await test.watch({ event: 'x' }), await test.watch({ event: 'x' }), await test.watch({ event: 'x' })];
    await pass();
    isBroken = true;
    test.notifier.terminate(String(handles[0]), 'probation', 60);
    await test.refresh(String(handles[1]), { event: 'x', expires: 0 });
    test.end(String(handles[2]), ['terminated', 'timeout']);
    const fetching = await test.watch({ event: 'x', expires: 0 });
    await pass();
    expect([...handles, fetching].map((handle) => [test.states(handle).at(-1), test.bodies(handle).at(-1)])).to.deep.equal([
      ['terminated;probation;60', ''], ['terminated;timeout', ''], ['terminated;timeout', ''], ['terminated;timeout', ''],
    ]);
    expect(test.faults).to.have.length(4);
  });

  it('terminate with more seconds than there can be (RFC 3261 20.19): it is refused, and the watcher stays', async () => {
    const test = make();
    const handle = await test.watch();
    for (const seconds of [-1, 0.5, 2 ** 32, Infinity, NaN]) {
      expect(() => test.notifier.terminate(handle, 'probation', seconds), String(seconds)).to.throw(NksipError).with.property('code', 'invalid_argument');
    }
    expect(test.size).to.equal(1);
    expect(test.notifier.terminate(handle, 'probation', 2 ** 32 - 1)).to.equal('ok');
  });

  it('a package whose validate returns a promise: the PUBLISH is a 500, and what is rejected ends nothing', () => {
    const test = withPackage({ validate: () => Promise.reject(new Error('late')) as never });
    const body = { aor: { scheme: 'sip', user: 'alice', domain: 'example.com' }, event: 'x', data: Buffer.from('state'), content_type: 'text/plain' } as const;
    expect(() => test.notifier.checkBody(body)).to.throw(NksipError).with.property('code', 'callback_error');
  });

  it('sip_event_notifier_authorize that returns rubbish: the fault shows what it was', async () => {
    const test = make({ authorize: () => 'maybe' as 'allow' });
    const fault: unknown = await test.ask().catch((error: unknown) => error);
    expect(String(fault)).to.include("'maybe'").and.to.include('it must be one of allow');
  });

  it('sip_event_notifier_state that returns a content_type nobody could be sent: as if it knew nothing, and a fault', async () => {
    const test = make({ state: () => ({ ...summary('yes'), content_type: 'x\r\ny' }) });
    const handle = await test.watch({ event: 'message-summary' });
    await pass();
    expect(test.bodies(handle)).to.deep.equal(['Messages-Waiting: no\r\n']);
    expect(test.faults).to.have.length(1);
  });

  it('changed that is called while sip_event_notifier_state is asked: it is asked again, and what it said first is not kept', async () => {
    let [now, asked] = ['no', 0];
    let answer: () => void = () => undefined;
    const test = make({
      state: async () => {
        const said = summary(now);
        if (++asked === 2) await new Promise<void>((resolve) => { answer = resolve; });
        return said;
      },
    });
    const handle = await test.watch({ event: 'message-summary' });
    await pass(2000);
    test.notifier.changed('sip:alice@example.com', 'message-summary');
    await pass();
    now = 'yes';
    test.notifier.changed('sip:alice@example.com', 'message-summary');
    answer();
    await pass(2000);
    expect(asked).to.equal(3);
    expect(test.bodies(handle).at(-1)).to.equal('Messages-Waiting: yes\r\n');
  });

  it('changed that is called by sip_event_notifier_state each time: the process still has its turns, and watchers their state', async () => {
    let asked = 0;
    const test = make({ state: (aor, event) => { asked++; test.notifier.changed(aor, event); return summary('yes'); } });
    const handle = await test.watch({ event: 'message-summary' });
    await notifiers.clock.tickAsync(5);
    expect(test.bodies(handle)).to.deep.equal(['Messages-Waiting: yes\r\n']);
    expect(asked).to.be.above(1);
    await test.close();
  });

  it('sip_event_notifier_state that hangs for a hundred addresses: who watches another one is told within a second or two', async () => {
    const test = make({ options: { sip_event_notifier_min_interval: 0 }, state: ({ user }) => user === 'alice' ? 'none' : new Promise<StateDocument>(() => undefined) });
    const handle = await test.watch();
    await pass(1000);
    const fetches = Array.from({ length: 100 }, (_, n) => test.ask({ uri: `sip:user${n}@example.com`, expires: 0 }));
    await pass();
    await test.present('open');
    await pass(2000);
    expect(test.bodies(handle).at(-1)).to.include('open');
    await pass(10_000);
    expect((await Promise.all(fetches)).map(({ text }) => text)).to.deep.equal(fetches.map(() => 'ok'));
  });

  it('decide while the document of an allowed watcher is made again: who is blocked by then does not get it', async () => {
    let gate: Promise<void> | number = 0;
    const large = Buffer.alloc(9 * 2 ** 20, 'x');
    const test = withPackage({ compose: () => ({ content_type: 'text/plain', data: Buffer.concat([Buffer.from('secret'), large]) }) }, {}, new SlowStore(() => gate));
    for (const uri of ['sip:alice@example.com', 'sip:carol@example.com']) await test.publish('state', { event: 'x', type: 'text/plain', uri });
    test.answers = () => 500;
    const handle = await test.watch({ event: 'x' });
    await pass();
    // There is room for one of both documents: that of alice is dropped, and made again when it is sent again, in 5 seconds.
    await test.watch({ event: 'x', uri: 'sip:carol@example.com' });
    let open: () => void = () => undefined;
    gate = new Promise((resolve) => { open = resolve; });
    await pass(5500);
    expect(test.bodies(handle)).to.have.length(1);
    test.notifier.decide(handle, 'polite_block');
    open();
    await pass(10_000);
    expect(test.bodies(handle).map((body) => body.slice(0, 7))).to.deep.equal(['secretx', 'nothing', 'nothing']);
  });
});
