import { expect } from 'chai';
import { definePackage } from '@nksip-ts/event-notifier';
import { NotifiersOnFakeClock, type NotifierUnderTest, type SentNotify } from './notifier-under-test.ts';
import { subscribeRequest } from './subscribe-request.ts';

describe('the bounds of watching', () => {
  const notifiers = new NotifiersOnFakeClock();
  const { make, pass } = notifiers;
  const at = (n: number, address = '192.0.2.1') => ({ contact: `<sip:w${n}@${address}>`, source: { transport: 'udp', address, port: 1000 + n } }) as const;

  it('are 503 with Retry-After for the service, for an address and package, and for memory', async () => {
    const test = make({ options: { sip_event_notifier_max_watchers: 3, sip_event_notifier_max_per_aor: 2 } });
    for (let n = 0; n < 2; n++) await test.watch();
    expect((await test.ask()).text).to.equal('503: Too Many Watchers of This Address 5');
    await test.watch({ event: 'dialog' });
    expect((await test.ask({ uri: 'sip:carol@example.com' })).text).to.equal('503: Too Many Watchers 5');
    expect((await make({ memory: 500 }).ask()).text).to.equal('503: Out Of Memory 5');
  });

  it('have very many watchers of one address woken over several turns of the event loop, and none is left out where others end meanwhile', async () => {
    const test = make({ options: { sip_event_notifier_max_per_aor: 2000, sip_event_notifier_min_interval: 0 } });
    const handles: string[] = [];
    for (let n = 0; n < 1200; n++) handles.push(await test.watch(at(n)));
    const etag = await test.present('open');
    await pass(1000);
    const before = test.notifier.counts.suppressed;
    const woken = (): number => test.notifier.counts.suppressed - before;
    await test.present('open', { ifMatch: etag });
    for (let n = 0; n < 100; n++) await Promise.resolve();
    expect(woken(), 'who has it already').to.equal(500);
    await pass(10);
    expect(woken()).to.equal(1200);
    await test.present('closed', { ifMatch: etag });
    for (let n = 0; n < 100; n++) await Promise.resolve();
    const ended = handles.filter((_, n) => n % 100 === 0);
    for (const handle of ended) test.notifier.terminate(handle);
    await pass(1000);
    for (const handle of handles.filter((one) => !ended.includes(one))) expect(test.bodies(handle).at(-1)).to.include('closed');
  });

  it('do not keep who watches already from refreshing, nor anybody from a fetch', async () => {
    const test = make({ options: { sip_event_notifier_max_watchers: 1 } });
    const handle = await test.watch();
    await test.refresh(handle);
    await pass();
    expect(test.bodies(handle)).to.have.length(1);
    expect((await test.ask({ expires: 0 })).text).to.equal('ok');
  });

  it('C22 end the oldest of more than ten with one Contact, told once if it still answers (opensips 3514)', async () => {
    const test = make();
    const handles: string[] = [];
    for (let n = 0; n < 50; n++) {
      handles.push(await test.watch());
      await pass(10);
    }
    expect(test.size).to.equal(10);
    expect(test.states(handles[0]!)).to.deep.equal(['active', 'terminated;deactivated']);
    expect(test.states(handles[39]!)).to.deep.equal(['active', 'terminated;deactivated']);
    expect(test.states(handles[40]!)).to.deep.equal(['active']);
    expect(test.forgotten).to.deep.equal([]);
    expect(test.told.filter((text) => text.startsWith('terminated'))).to.have.length(40);
  });

  it('C22 end the oldest also among hundreds of one address, wherever a refresh has moved it, and none of the others', async () => {
    const test = make({ options: { sip_event_notifier_max_per_watcher: 2 } });
    const others: string[] = [];
    const mine: string[] = [];
    for (let n = 0; n < 300; n++) {
      others.push(await test.watch(at(n, `192.0.2.${n % 7}`)));
      if (n % 100 === 0) mine.push(await test.watch(n === 0 ? { contact: '<sip:moves@192.0.2.9>' } : {}));
      if (n === 150) await test.refresh(mine[0]!);
    }
    await pass();
    expect(mine.map((handle) => test.states(handle).at(-1)), 'the oldest was moved').to.deep.equal(['terminated;deactivated', 'active', 'active']);
    await test.watch();
    await pass();
    expect(mine.map((handle) => test.states(handle).at(-1))).to.deep.equal(['terminated;deactivated', 'terminated;deactivated', 'active']);
    expect(test.size).to.equal(302);
    for (const handle of others.slice(0, 299)) await test.refresh(handle, { expires: 0 });
    await test.watch();
    await pass();
    expect([test.size, test.states(mine[2]!).at(-1), test.states(others[299]!).at(-1)]).to.deep.equal([3, 'terminated;deactivated', 'active']);
  });

  it('C22 end it silently where its last NOTIFY had no answer', async () => {
    const test = make({ options: { sip_event_notifier_max_per_watcher: 2 } });
    test.answers = () => 'later';
    const handles: string[] = [];
    for (let n = 0; n < 4; n++) {
      handles.push(await test.watch());
      await pass(10);
    }
    expect(test.forgotten).to.deep.equal(handles.slice(0, 2));
    expect(handles.flatMap((handle) => test.states(handle))).to.deep.equal(['active', 'active', 'active', 'active']);
  });

  it('C22 end those of a burst whose 200 has not left, and each is told so behind that', async () => {
    let open: () => void = () => undefined;
    const isOpen = new Promise<void>((resolve) => { open = resolve; });
    const test = make({ options: { sip_event_notifier_max_per_watcher: 2 }, state: () => isOpen.then(() => 'none' as const) });
    const burst = Array.from({ length: 5 }, () => test.watch());
    await pass(10);
    open();
    await pass();
    const handles = await Promise.all(burst);
    expect(handles.map((handle) => test.states(handle).join())).to.deep.equal(['terminated;deactivated', 'terminated;deactivated', 'terminated;deactivated', 'active', 'active']);
    expect(test.forgotten).to.deep.equal([]);
  });

  it('C22 are of one watcher: another user, another address, Contact, Event id or package is another one', async () => {
    const test = make({ options: { sip_event_notifier_max_per_watcher: 1 } });
    const others = [{}, { user: 'bob' }, { user: 'carol' }, { contact: '<sip:other@192.0.2.9>' }, { event: 'presence;id=2' }, { event: 'dialog' }, { uri: 'sip:dave@example.com' },
      { source: { transport: 'udp', address: '192.0.2.10', port: 5060 } as const }];
    for (const parts of others) await test.watch(parts);
    expect(test.size).to.equal(others.length);
    await test.watch({ user: 'bob', source: { transport: 'udp', address: '198.51.100.1', port: 7 } });
    expect(test.size, 'a user who has signed in counts as one, wherever they are').to.equal(others.length);
    await test.watch({ source: { transport: 'udp', address: '192.0.2.9', port: 6000 } });
    expect(test.size, 'from another port').to.equal(others.length);
  });

  it('have what a watcher holds in the account of memory, and give it back', async () => {
    const test = make({ options: { sip_event_notifier_max_per_watcher: 10_000 } });
    const before = test.memory.used;
    const handles: string[] = [];
    for (let n = 0; n < 1000; n++) handles.push(await test.watch());
    await pass();
    const each = (test.memory.used - before) / 1000;
    expect(each).to.be.within(270, 400);
    for (const handle of handles) await test.refresh(handle, { expires: 0 });
    await pass(10_000);
    expect(test.memory.used).to.equal(before);
    expect(notifiers.clock.countTimers(), 'no timer is left').to.be.at.most(1);
  });

  describe('give large documents on their way a quarter of sip_max_memory', () => {
    const pack = definePackage({
      name: 'x', types: ['text/plain'], defaultExpires: 60, minInterval: 0, neutral: () => ({ data: new Uint8Array(1), content_type: 'text/plain' }),
      compose: ({ publications }) => ({ data: Buffer.alloc(300 * 1024, publications[0]?.record.data), content_type: 'text/plain' }),
    });
    const large = (): NotifierUnderTest => make({ memory: 4 * 2 ** 20, events: ['x', 'presence'], options: { sip_event_notifier_packages: [pack], sip_event_notifier_min_interval: 0, sip_event_notifier_max_per_watcher: 1000 } });
    const sentTo = (test: NotifierUnderTest, handles: readonly string[]): SentNotify[] => test.sent.filter(({ handle, body }) => handles.includes(handle) && body.length > 2048);
    const watched = async (test: NotifierUnderTest): Promise<readonly string[]> => {
      const handles: string[] = [];
      for (let n = 0; n < 10; n++) handles.push(await test.watch({ event: 'x' }));
      await pass();
      test.sent.length = 0;
      test.answers = () => 'later';
      await test.publish('x', { event: 'x', type: 'text/plain' });
      await pass(10_000);
      return handles;
    };

    it('while nobody answers, others wait, a small one does not, and each has its turn once there is room', async () => {
      const test = large();
      const small = await test.watch();
      await pass();
      const handles = await watched(test);
      expect(sentTo(test, handles)).to.have.length(3);
      await test.present('open');
      await pass();
      expect(test.bodies(small).at(-1)).to.include('open');
      test.answers = () => 200;
      for (const one of [...test.sent]) one.answer(one.handle === handles[0] ? new Error('refused') : 200);
      await pass(20_000);
      expect(new Set(sentTo(test, handles).map(({ handle }) => handle)).size).to.equal(10);
      expect(test.told.filter((text) => text.startsWith('failed'))).to.have.length(1);
    });

    it('who ends meanwhile is told without the document, and a fetch gets a 503', async () => {
      const test = large();
      const handles = await watched(test);
      expect((await test.ask({ event: 'x', expires: 0 })).text).to.equal('503: Out Of Memory 5');
      for (const handle of handles) test.end(handle, ['terminated', 'timeout']);
      expect(sentTo(test, handles)).to.have.length(3);
      expect(handles.map((handle) => test.states(handle).at(-1))).to.deep.equal(handles.map(() => 'terminated;timeout'));
      for (const one of [...test.sent]) one.answer(200);
      await pass();
      expect((await test.ask({ event: 'x', expires: 0 })).text).to.equal('ok');
    });
  });

  it('hold of Accept 500 characters, or nothing', async () => {
    const seen: (readonly string[])[] = [];
    const pack = definePackage({
      name: 'x', types: ['text/plain'], defaultExpires: 60, minInterval: 0, compose: () => ({ data: new Uint8Array(1), content_type: 'text/plain' }), neutral: () => ({ data: new Uint8Array(1), content_type: 'text/plain' }),
      finish: (document, { accept }) => { seen.push(accept); return document; },
    });
    const test = make({ events: ['x'], options: { sip_event_notifier_packages: [pack] } });
    await test.watch({ event: 'x', accept: ['text/plain', 'text/html'] });
    await test.watch({ event: 'x', accept: ['text/plain', `text/plain;x="${'y'.repeat(490)}"`] });
    await pass();
    expect(seen).to.deep.equal([['text/plain', 'text/html'], []]);
  });

  it('have the values of Accept that are kept in the account of memory, each as a text of its own, and give them back', async () => {
    const test = make();
    const before = test.memory.used;
    const accept = Array.from({ length: 166 }, () => '*/*');
    const handle = await test.watch({ event: 'dialog', accept });
    await pass();
    const held = test.memory.used - before;
    expect(held).to.be.above(166 * 32);
    await test.refresh(handle, { event: 'dialog' });
    await pass();
    expect(test.memory.used - before).to.be.below(held - 166 * 32);
    await test.refresh(handle, { event: 'dialog', accept });
    test.end(handle, ['terminated', 'timeout']);
    await pass();
    expect(test.memory.used).to.equal(before);
  });

  it('spread a burst: 2,000 NOTIFYs without an answer in all, 200 to one address and port', async () => {
    const test = make({ options: { sip_event_notifier_min_interval: 0, sip_event_notifier_max_per_watcher: 10_000 } });
    const from = (n: number) => ({ transport: 'udp', address: '192.0.2.1', port: 1000 + n % 20 }) as const;
    for (let n = 0; n < 5000; n++) await test.watch({ source: from(n) });
    await pass(10);
    test.sent.length = 0;
    test.answers = () => 'later';
    await test.present('open');
    await pass(10);
    expect(test.sent).to.have.length(2000);
    for (let round = 0; round < 4; round++) {
      for (const one of test.sent.splice(0)) one.answer(200);
      await pass(10);
    }
    expect([...test.notifier.watchers()].every(({ notified }) => notified === 2)).to.equal(true);
  });

  it('let those who answer go on while those who never do are waited for', async () => {
    const test = make({ options: { sip_event_notifier_min_interval: 0, sip_event_notifier_max_per_watcher: 10_000, sip_event_notifier_on_timeout: 'keep' } });
    const dead = new Set<string>();
    for (let n = 0; n < 3000; n++) dead.add(await test.watch({ source: { transport: 'udp', address: '192.0.2.1', port: n } }));
    await pass(10);
    // They fail once, and are slow from then on.
    test.answers = () => 'timeout';
    const tag = await test.present('open');
    await pass(1000);
    test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
    const alive = await test.watch({ contact: '<sip:alive@192.0.2.2>' });
    await pass(10);
    await test.present('closed', { ifMatch: tag });
    await pass(10);
    expect(test.bodies(alive).at(-1)).to.include('closed');
    expect(test.sent.filter(({ handle }) => dead.has(handle)).length - 6000).to.equal(1000);
  });

  it('let those who have answered once go on while new ones answer nothing, however many and from wherever they come', async () => {
    const test = make({ options: { sip_event_notifier_min_interval: 0 } });
    const alive = await test.watch({ contact: '<sip:alive@192.0.2.2>' });
    await pass(10);
    test.answers = ({ handle }) => handle === alive ? 200 : 'later';
    for (let n = 0; n < 3000; n++) await test.watch({ contact: `<sip:new${n}@192.0.2.1>`, source: { transport: 'tcp', address: '192.0.2.1', port: 1000 + n % 60 } });
    await pass(10);
    await test.present('open');
    await pass(10);
    expect(test.bodies(alive).at(-1)).to.include('open');
  });

  describe('hold nobody up who answers, while thousands are silent', () => {
    const options = { sip_event_notifier_min_interval: 0, sip_event_notifier_on_timeout: 'keep' } as const;
    const elsewhere = at(0, '192.0.2.2');

    /** So many that are silent, each at a port of its own, spread over so many addresses. */
    async function silent(test: NotifierUnderTest, many: number, addresses = 1): Promise<Set<string>> {
      const handles = new Set<string>();
      for (let n = 0; n < many; n++) handles.add(await test.watch(at(n, `192.0.2.${10 + n % addresses}`)));
      return handles;
    }

    it('who have answered before', async () => {
      const test = make({ options });
      const dead = await silent(test, 5000, 3);
      const alive = await test.watch(elsewhere);
      await pass(10);
      test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
      await test.present('open');
      await pass(10);
      expect(test.bodies(alive).at(-1)).to.include('open');
    });

    it('who have answered before, not even one at the same address for longer than the seconds until those before it have been waited for', async () => {
      const test = make({ options });
      const dead = await silent(test, 5000);
      const alive = await test.watch(at(5000));
      await pass(10);
      test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
      await test.present('open');
      await pass(2500);
      expect(test.bodies(alive).at(-1)).to.include('open');
    });

    it('nor who has just come', async () => {
      const test = make({ options });
      const dead = await silent(test, 5000, 3);
      await pass(10);
      test.answers = () => 'timeout';
      await test.present('open');
      test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
      await pass(5000);
      const alive = await test.watch(at(0));
      await pass(1000);
      expect(test.bodies(alive)).to.have.length(1);
    });

    it('nor who has missed one NOTIFY', async () => {
      const test = make({ options });
      const dead = await silent(test, 5000, 3);
      const alive = await test.watch(elsewhere);
      await pass(10);
      test.answers = () => 'timeout';
      await test.present('open');
      await pass(10);
      test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
      await pass(6100);
      expect(test.watcher(alive).notified).to.equal(2);
    });

    it('and no more than 10,000 NOTIFYs to one address are waited for longer than a second; others there still get theirs, one after the other', async () => {
      const test = make({ options: { ...options, sip_event_notifier_max_per_aor: 100_000 } });
      const dead = await silent(test, 15_000);
      await pass(10);
      test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
      test.sent.length = 0;
      await test.present('open');
      await pass(10_000);
      expect(test.sent.length).to.be.within(10_000, 12_500);
      const [elsewhereToo, there] = [await test.watch(elsewhere), await test.watch(at(20_000))];
      await pass(1100);
      expect(test.bodies(elsewhereToo)).to.have.length(1);
      expect(test.bodies(there)).to.have.length(1);
    });
  });

  describe('at the end of the service', () => {
    it('C59 C16 tell all: deactivated, once and once more, and wait two seconds for answers', async () => {
      const test = make();
      for (let n = 0; n < 3; n++) await test.watch();
      await pass();
      test.sent.length = 0;
      test.answers = () => 'later';
      let isOver = false;
      void test.notifier.goodbye('drain').then(() => { isOver = true; });
      await pass(10);
      expect(test.sent.map(({ state, options: { retransmissions, timeout } }) => [state, retransmissions, timeout])).to.deep.equal(Array.from({ length: 3 }, () => ['terminated;deactivated', 1, 2]));
      await pass(1900);
      expect(isOver).to.equal(false);
      await pass(200);
      expect(isOver).to.equal(true);
      expect(test.size).to.equal(0);
    });

    it('C59 are over as soon as all have answered', async () => {
      const test = make();
      for (let n = 0; n < 300; n++) await test.watch({ contact: `<sip:w${n}@192.0.2.9>` });
      await pass();
      let isOver = false;
      void test.notifier.goodbye('drain').then(() => { isOver = true; });
      await pass(50);
      expect(isOver).to.equal(true);
      expect(test.sent.filter(({ state }) => state === 'terminated;deactivated')).to.have.length(300);
    });

    it('C59 tell those who answer before the two seconds are over, however many do not', async () => {
      const test = make({ options: { sip_event_notifier_min_interval: 0 } });
      const dead = new Set<string>();
      for (let n = 0; n < 6000; n++) dead.add(await test.watch(at(n)));
      const [alive, same] = [await test.watch(at(0, '192.0.2.2')), await test.watch(at(6000))];
      await pass(10);
      test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
      void test.notifier.goodbye('drain');
      await pass(1900);
      for (const handle of [alive, same]) expect(test.states(handle).at(-1)).to.equal('terminated;deactivated');
    });

    it('C59 tell those who answer where it stops at once, while thousands to whom something is under way do not', async () => {
      const test = make({ options: { sip_event_notifier_min_interval: 0 } });
      const dead = new Set<string>();
      for (let n = 0; n < 3000; n++) dead.add(await test.watch(at(n)));
      const alive = await test.watch(at(3000));
      await pass(10);
      test.answers = ({ handle }) => dead.has(handle) ? 'later' : 200;
      await test.present('open');
      await pass(10);
      void test.notifier.goodbye('stop');
      await pass(400);
      expect(test.states(alive).at(-1)).to.equal('terminated;deactivated');
    });

    it('C59 C16 tell all once where it stops at once, and wait for nobody; probation where that is set', async () => {
      const test = make({ options: { sip_event_notifier_drain_retry_after: 60 } });
      await test.watch();
      await pass();
      test.answers = () => 'later';
      let isOver = false;
      void test.notifier.goodbye('stop').then(() => { isOver = true; });
      await pass(10);
      expect(isOver).to.equal(true);
      expect(test.sent.at(-1)).to.deep.include({ state: 'terminated;probation;60' });
      expect(test.sent.at(-1)?.options.retransmissions).to.equal(0);
    });
  });

  it('C04 take the first SUBSCRIBE again, of a client that has lost the answer, for a refresh', async () => {
    const test = make();
    const handle = await test.watch({ callId: 'lost' });
    const { req, reply } = subscribeRequest({ callId: 'lost' });
    await test.notifier.subscribe(req);
    reply(200);
    await pass();
    expect(test.size).to.equal(1);
    expect(test.states(handle)).to.have.length(1);
  });
});
