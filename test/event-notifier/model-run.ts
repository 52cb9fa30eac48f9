import { setImmediate as nextTurn } from 'node:timers/promises';
import { startByName, subscriptions, type Service } from '@nksip-ts/core';
import { storeCallback } from '@nksip-ts/event-compositor';
import { eventNotifier, type Watcher } from '@nksip-ts/event-notifier';
import { expect } from 'chai';
import sinon from 'sinon';
import { ResponseText } from '../kit/received-text.ts';
import { fresh, publishText } from '../kit/request-text.ts';
import { MemoryNetwork, type Host } from './memory-network.ts';
import { takesIt, Phone, type Behaviour, type Surroundings } from './model-phone.ts';
import { bodyOf, expectComposed, expectNeutral, modelEvents, typeOf, type ModelEvent, type ModelPublication } from './model-publications.ts';
import { SlowStore } from './slow-store.ts';

/** What may happen, with a number that chooses among what is there. */
export interface Step {
  readonly type: 'publish' | 'modify' | 'renew' | 'remove' | 'watch' | 'fetch' | 'refresh' | 'end' | 'again' | 'late' | 'move' | 'cut' | 'decide' | 'pass';
  readonly n: number;
}

export interface World {
  readonly onTimeout: 'remove' | 'keep';
  readonly isPaced: boolean;
  /** Milliseconds that a store takes for each publication that it lists; 'ram': the compositor's own. */
  readonly store: 'ram' | number;
  /** Of each NOTIFY, in turn. */
  readonly behaviours: readonly Behaviour[];
  /** What happens, and after each of these lists nothing any more for a while. */
  readonly acts: readonly (readonly Step[])[];
}

const decisions = ['allow', 'allow', 'confirm', 'polite_block', 'block'] as const;
const lifetimes = [5, 60, 140, 300, 900, 3000] as const;
const times = [40, 400, 600] as const;
const transports = ['udp', 'udp', 'tcp', 'ws'] as const;
const mostPerWatcher = 3;

/** Longer than a NOTIFY without an answer and the longest pause behind it. */
const REST = 100_000;
/** Longer than the interval of a package and all by which the end of something may be seen late. */
const QUIET = 8000;

/** A service on a fake clock, phones that watch alice, and what is published for her. */
export class ModelRun implements Surroundings {
  readonly onTimeout: 'remove' | 'keep';
  readonly phones: Phone[] = [];
  readonly publications: ModelPublication[] = [];
  #isAtRest = false;
  #isStopping = false;
  #notifies = 0;
  #ports = 10_000;
  /** Where phones can be reached over TCP. */
  readonly #listeners: Host[] = [];
  #bodies = 0;
  #answer: (response: ResponseText) => void = () => undefined;
  /** What was wrong when it happened; thrown there it would be taken for a fault of the service's. */
  #fault: unknown;

  private constructor(private readonly world: World, private readonly clock: sinon.SinonFakeTimers, readonly network: MemoryNetwork, private readonly service: Service) {
    this.onTimeout = world.onTimeout;
    for (const address of ['203.0.113.0', '203.0.113.1']) {
      network.join({ transport: 'udp', address, port: 5060, came: (text) => { this.#answer(new ResponseText(text)); } });
    }
    for (const address of ['198.51.100.0', '198.51.100.1']) {
      const listener: Host = { transport: 'tcp', address, port: 5060, accepts: () => true, came: (text) => { this.#came(text, listener); } };
      network.join(listener);
      this.#listeners.push(listener);
    }
  }

  static async start(world: World, clock: sinon.SinonFakeTimers): Promise<ModelRun> {
    const network = MemoryNetwork.install();
    const { store } = world;
    const service = await startByName(fresh('model'), {
      log_level: 'silent', plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:192.0.2.1', sip_events: modelEvents.join(), sip_trusted_proxies: '198.51.100.0/24', sip_udp_max_size: 65507,
      sip_event_notifier_default_decision: 'allow', sip_event_notifier_on_timeout: world.onTimeout, sip_event_notifier_max_per_watcher: mostPerWatcher, ...(world.isPaced ? {} : { sip_event_notifier_min_interval: 0 }),
    }, store === 'ram' ? {} : { sip_event_compositor_store: storeCallback(new SlowStore(() => store)) });
    const run = new ModelRun(world, clock, network, service);
    service.events.on('error', (fault) => { run.#fault ??= fault; });
    return run;
  }

  nextBehaviour(): Behaviour {
    const { behaviours } = this.world;
    return this.#isAtRest ? takesIt : behaviours[this.#notifies++ % behaviours.length] ?? takesIt;
  }

  /** Beyond so many of one watcher the oldest ends. */
  began(phone: Phone): void {
    const alike = this.phones.filter((one) => (one.isLive || one.isBeginning) && one.event === phone.event && one.contact === phone.contact && one.host.address === phone.host.address);
    for (const old of alike.slice(0, -mostPerWatcher)) {
      old.endings.push('deactivated');
      old.isGivenUp = true;
    }
  }

  async play(): Promise<void> {
    for (const act of this.world.acts) {
      this.#isAtRest = false;
      for (const step of act) await this.#take(step);
      this.#isAtRest = true;
      await this.pass(REST);
      for (let round = 0; round < 3; round++) {
        await this.#quiet();
        await this.#check();
        await this.pass(Math.max(1, Math.min(...this.#moments.filter((at) => at > Date.now()), Date.now() + REST) - Date.now()));
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const stopped = this.service.stop();
    await this.pass(2000);
    await stopped;
  }

  /** Goes from timer to timer, and lets all promises go on in between. */
  async pass(ms: number): Promise<void> {
    let isOver = false;
    setTimeout(() => { isOver = true; }, ms);
    for (await nextTurn(); !isOver; await nextTurn()) this.clock.next();
    if (this.#fault !== undefined) throw this.#fault;
  }

  async #take({ type, n }: Step): Promise<void> {
    const phone = this.#pick(this.phones.filter((one) => !one.isAsking), n);
    switch (type) {
      case 'publish': return this.#publish(modelEvents[n % 4]!, n >> 2);
      case 'modify': case 'renew': case 'remove': return this.#change(type, n);
      case 'watch': return this.#watch(n, times[(n >> 5) % 3]!);
      case 'fetch': return this.#watch(n, 0);
      case 'refresh': phone?.subscribe(times[(n >> 5) % 3]!); return this.pass(0);
      case 'again': phone?.subscribe(times[(n >> 5) % 3]!, 2); return this.pass(0);
      case 'end': phone?.subscribe(0); return this.pass(0);
      case 'late': phone?.subscribeLate(); return this.pass(0);
      case 'move': if (phone?.host.transport === 'udp') phone.host = this.#hostAt(phone.host.transport, phone.host.address); return;
      case 'cut': if (phone !== undefined) this.#cut(phone, n); return;
      case 'decide': return phone === undefined ? undefined : this.#decide(phone, decisions[(n >> 5) % 5]!);
      case 'pass': return this.pass((n % 1000) * (n % 3) * 5);
    }
  }

  /** Its connection, or the one that the service has opened to it; it has another one at once, of which only a SUBSCRIBE tells. */
  #cut({ host }: Phone, n: number): void {
    if (host.transport === 'udp') return;
    const cut = n % 3 === 0 ? this.#listeners.find(({ address }) => address === host.address) ?? host : host;
    for (const phone of this.phones) {
      phone.breaks(cut);
      if (phone.host === cut) phone.host = this.#hostAt(cut.transport, cut.address);
    }
    this.network.cut(cut);
  }

  async #publish(event: ModelEvent, n: number, changed?: ModelPublication, says: ReturnType<typeof bodyOf> | undefined = bodyOf(event, ++this.#bodies)): Promise<void> {
    const expires = lifetimes[n % lifetimes.length]!;
    const publisher = changed?.publisher ?? `203.0.113.${n % 2}`;
    const response = await this.#ask(publisher, { event, expires, ...(says !== undefined && { body: says.body, headers: [`Content-Type: ${typeOf[event]}`] }), ...(changed !== undefined && { etag: changed.tag }) });
    expect(response.code).to.equal(200);
    const one = { ...changed, ...says, event, publisher, tag: response.one('SIP-ETag'), until: Date.now() + 1000 * expires, ...(says !== undefined && { since: ++this.#bodies }) } as ModelPublication;
    if (changed === undefined) this.publications.push(one);
    else Object.assign(changed, one);
  }

  async #change(how: 'modify' | 'renew' | 'remove', n: number): Promise<void> {
    const one = this.#pick(this.publications.filter(({ until }) => until > Date.now() + 1000), n);
    if (one === undefined) return;
    if (how === 'modify') return this.#publish(one.event, n >> 3, one);
    if (how === 'renew') return this.#publish(one.event, n >> 3, one, undefined);
    await this.#ask(one.publisher, { event: one.event, expires: 0, etag: one.tag });
    one.until = Date.now();
  }

  async #ask(address: string, parts: Parameters<typeof publishText>[0]): Promise<ResponseText> {
    let answer: ResponseText | undefined;
    this.#answer = (response) => { answer = response; };
    this.network.send({ transport: 'udp', address, port: 5060 }, publishText({ ...parts, via: [`SIP/2.0/UDP ${address}:5060;branch=z9hG4bK${fresh('publish')}`] }));
    for (let patience = 5000; answer === undefined && patience > 0; patience--) await this.pass(patience > 4990 ? 0 : 1);
    if (answer === undefined) throw new Error('A PUBLISH has no answer');
    return answer;
  }

  async #watch(n: number, expires: number): Promise<void> {
    if (this.phones.some(isAboutToEnd)) await this.pass(1000);
    const transport = transports[n % 4]!;
    const address = `198.51.100.${(n >> 4) % 2}`;
    const contact = transport === 'ws' ? '<sip:w@phone.invalid;transport=ws>' : `<sip:w@${address};transport=${transport}>`;
    const phone = new Phone(modelEvents[(n >> 2) % 4]!, this.#hostAt(transport, address), contact, this);
    this.phones.push(phone);
    phone.subscribe(expires);
    await this.pass(0);
  }

  async #decide(phone: Phone, decision: (typeof decisions)[number]): Promise<void> {
    if (isAboutToEnd(phone)) return;
    const wasLive = phone.isLive;
    if (wasLive && decision === 'block') phone.endings.push('rejected');
    else if (wasLive && decision !== 'block') phone.decision = decision;
    expect(await eventNotifier.decide(this.service, phone.handle, decision), phone.callId).to.equal(wasLive ? 'ok' : 'not_found');
  }

  #hostAt(transport: Host['transport'], address: string): Host {
    const host: Host = {
      transport, address, port: ++this.#ports,
      came: (text) => { this.#came(text, host); },
      missed: () => { for (const phone of this.phones) phone.missed(host); },
    };
    this.network.join(host);
    return host;
  }

  #came(text: string, host: Host): void {
    if (this.#isStopping) return;
    const callId = /^Call-ID: (.*)$/m.exec(text)?.[1]?.trim();
    try {
      this.phones.find((phone) => phone.callId === callId)?.came(text, host);
    } catch (error) {
      this.#fault ??= error;
    }
  }

  #pick<T>(list: readonly T[], n: number): T | undefined {
    return list[n % Math.max(1, list.length)];
  }

  /** When something ends by itself. */
  get #moments(): readonly number[] {
    return [...this.publications.map(({ until }) => until), ...this.phones.flatMap(({ ends }) => ends)];
  }

  /** Until nothing has ended for a while. */
  async #quiet(): Promise<void> {
    while (this.#moments.some((at) => at > Date.now() - QUIET && at <= Date.now() + 100)) await this.pass(1000);
  }

  async #check(): Promise<void> {
    const watchers = new Map<string, Watcher>();
    for await (const watcher of eventNotifier.watchers(this.service)) watchers.set(watcher.id, watcher);
    const known: string[] = [];
    for await (const { handle } of subscriptions.all(this.service)) known.push(handle);
    const live = this.phones.filter((phone) => phone.isLive);
    expect([...watchers.keys()], 'who watches').to.have.members(live.map(({ handle }) => handle));
    expect(known, 'the dialogs').to.have.members(live.map(({ handle }) => handle));
    for (const phone of live) if (!phone.isOutOfReach) this.#checkLive(phone, watchers.get(phone.handle)?.decision);
    for (const phone of this.phones) if (!phone.isLive) expect(phone.isDone, `${phone.callId} was told its end`).to.equal(true);
  }

  #checkLive({ callId, shows, event, decision, isOwed }: Phone, theirs: string | undefined): void {
    expect([theirs, isOwed, shows?.state], callId).to.deep.equal([decision, false, decision === 'confirm' ? 'pending' : 'active']);
    const body = shows?.body ?? '';
    if (decision !== 'allow') return expectNeutral(event, body);
    expectComposed(event, this.publications.filter((one) => one.event === event && one.until > Date.now()), body);
  }
}

/** The service may see its end a little late. */
function isAboutToEnd({ ends }: Phone): boolean {
  return ends.some((at) => Math.abs(at - Date.now()) < 500);
}
