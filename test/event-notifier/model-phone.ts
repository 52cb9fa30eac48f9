import { expect } from 'chai';
import { RequestText, ResponseText } from '../kit/received-text.ts';
import { fresh, requestText } from '../kit/request-text.ts';
import type { Host, MemoryNetwork } from './memory-network.ts';

/** What a phone does with a NOTIFY. */
export interface Behaviour {
  /** Datagrams that are lost before one arrives. */
  readonly lost: number;
  /** 'nothing': it arrives, and no answer ever does. */
  readonly code: number | 'nothing';
  readonly retryAfter?: number;
  /** Milliseconds until it answers. */
  readonly after: number;
  readonly isTwice: boolean;
}

export const takesIt: Behaviour = { lost: 0, code: 200, after: 0, isTwice: false };

/** RFC 6665 4.2.2, and RFC 5057: answers after which nobody is there any more. */
const ending: ReadonlySet<number> = new Set([404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604]);

/** 64*T1. */
const PATIENCE = 32_000;
/** How long the subscription of a WebSocket that is gone is kept. */
const LOST = 60_000;

interface Notify {
  readonly request: RequestText;
  readonly behaviour: Behaviour;
  readonly from: Host;
  readonly sentAt: number;
  readonly said: Said;
  readonly wasOwed: boolean;
  copies: number;
  answer: 'none' | 'coming' | 'sent';
}

/** What a NOTIFY tells, but for what differs each time. */
interface Said {
  readonly state: string;
  readonly body: string;
}

/** What a phone is within, and what it is told to do. */
export interface Surroundings {
  readonly network: MemoryNetwork;
  readonly onTimeout: 'remove' | 'keep';
  nextBehaviour(): Behaviour;
  /** A new subscription has its 200. */
  began(phone: Phone): void;
}

/**
 * A phone with one subscription: it writes SIP, and knows what must be true of each message that the service sends it, by what went over the wire
 * and by RFC 6665 alone.
 */
export class Phone {
  readonly callId = fresh('phone');
  readonly #fromTag = fresh('tag');
  toTag = '';
  /** Of its time. */
  until = Infinity;
  /** Reasons of which one must stand in what comes next, the last NOTIFY: it has ended it, or was to be ended. */
  readonly endings: string[] = [];
  /** Nothing may come any more; why. */
  over: string | undefined;
  /** It may be forgotten without a last NOTIFY. */
  isGivenUp = false;
  decision: 'allow' | 'confirm' | 'polite_block' = 'allow';
  /** What it shows. */
  shows: (Said & { readonly type: string }) | undefined;
  /** A SUBSCRIBE was answered, and no NOTIFY has been sent since. */
  isOwed = false;
  #cseq = 0;
  #asked: { readonly cseq: number; readonly expires: number; readonly wasOver: boolean } | undefined;
  #theirCseq = 0;
  #version = -1;
  #lostAt = Infinity;
  /** From where its last SUBSCRIBE came. */
  #reached: Host | undefined;
  /** The last one that the service knows to be taken. */
  #taken: Said | undefined;
  #underWay: Notify | undefined;
  /** What was under way when the connection broke, or the phone moved: it goes again another way, as it was. */
  #broken: Notify | undefined;
  readonly #seen = new Map<string, Notify>();

  constructor(readonly event: string, public host: Host, readonly contact: string, private readonly around: Surroundings) {}

  get handle(): string {
    return `U_${this.toTag}`;
  }

  /** The service must have it among its watchers. */
  get isLive(): boolean {
    this.#look();
    return this.over === undefined && this.endings.length === 0 && this.toTag !== '' && Date.now() < this.until;
  }

  /** Its SUBSCRIBE, which may be the first one, has no answer. */
  get isAsking(): boolean {
    return this.#asked !== undefined;
  }

  /** The service will have it, unless it has it already. */
  get isBeginning(): boolean {
    return this.toTag === '' && this.#asked !== undefined && this.#asked.expires > 0;
  }

  /** Moments at which it ends by itself. */
  get ends(): readonly number[] {
    return [this.until, this.#lostAt];
  }

  subscribe(expires: number, copies = 1): void {
    if (this.#asked !== undefined) throw new Error('its last SUBSCRIBE has no answer');
    this.#look();
    this.#asked = { cseq: ++this.#cseq, expires, wasOver: this.over !== undefined };
    const text = this.#text(this.#cseq, expires);
    for (let n = 0; n < copies; n++) this.around.network.send(this.host, text);
  }

  /** RFC 3261 12.2.2: out of order, and nothing comes of it. */
  subscribeLate(): void {
    if (this.#cseq > 1) this.around.network.send(this.host, this.#text(this.#cseq - 1, 0));
  }

  /** A connection breaks. What was under way over it may have arrived, or not. */
  breaks(host: Host): void {
    this.#look();
    if (this.#underWay?.from === host) this.#finish('transport');
  }

  /** The service has looked for a connection that is gone. */
  missed(host: Host): void {
    if (host.transport === 'ws' && this.#reached === host) this.#lostAt = Math.min(this.#lostAt, Date.now() + LOST);
  }

  #text(cseq: number, expires: number): string {
    const { transport, address, port } = this.host;
    return requestText({
      method: 'SUBSCRIBE', uri: 'sip:alice@example.com', via: [`SIP/2.0/${transport.toUpperCase()} ${address}:${port};rport;branch=z9hG4bK${fresh('branch')}`],
      callId: this.callId, cseq: `${cseq} SUBSCRIBE`, from: `<sip:w@example.com>;tag=${this.#fromTag}`, to: `<sip:alice@example.com>${this.toTag === '' ? '' : `;tag=${this.toTag}`}`,
      headers: [`Event: ${this.event}`, `Contact: ${this.contact}`, `Expires: ${expires}`],
    });
  }

  /** Its end was told, or nobody could be told. */
  get isDone(): boolean {
    this.#look();
    return this.over !== undefined || this.isGivenUp || this.isOutOfReach;
  }

  /** Its WebSocket is gone, and it has not subscribed over another one. */
  get isOutOfReach(): boolean {
    return this.#reached !== undefined && this.#reached.transport === 'ws' && !this.around.network.has(this.#reached);
  }

  /** From the service. */
  came(text: string, from: Host): void {
    if (text.startsWith('SIP/2.0')) this.#answered(new ResponseText(text));
    else this.#notified(new RequestText(text), from);
  }

  #answered(response: ResponseText): void {
    const asked = this.#asked;
    if (response.one('CSeq') !== `${asked?.cseq} SUBSCRIBE` || asked === undefined) return;
    this.#asked = undefined;
    // The service may have ended it before.
    if (response.code === 481 && !this.isLive) return;
    expect(response.code, this.callId).to.equal(200);
    expect(asked.wasOver, `${this.callId} is over, and yet refreshed`).to.equal(false);
    if (this.over !== undefined) return;
    const isNew = this.toTag === '';
    this.toTag = response.toTag;
    this.until = Date.now() + 1000 * Number(response.one('Expires'));
    if (asked.expires === 0) this.endings.push('timeout');
    this.isOwed = true;
    if (this.#underWay !== undefined && this.#underWay.from !== this.host) this.#giveUp();
    this.#reached = this.host;
    this.#lostAt = Infinity;
    if (isNew) this.around.began(this);
  }

  /** It has moved: what waits for an answer from where it was goes again. */
  #giveUp(): void {
    this.#broken = this.#underWay;
    this.#underWay = this.#taken = undefined;
  }

  #notified(request: RequestText, from: Host): void {
    const known = this.#seen.get(request.branch);
    if (known === undefined) return this.#sent(request, from);
    expect([from.transport, request.text], 'a retransmission').to.deep.equal(['udp', known.request.text]);
    known.copies++;
    this.#arrived(known);
  }

  /** It was sent: whether it arrives is another matter. */
  #sent(request: RequestText, from: Host): void {
    this.#look();
    const before = this.#broken?.request.body === request.body ? this.#broken : undefined;
    this.#broken = undefined;
    const [state = '', ...params] = request.one('Subscription-State').split(';');
    const said = { state, body: request.body.replace(/ version="\d+"/, '') };
    expect(this.#underWay?.request.text, `${this.callId} has two under way`).to.equal(undefined);
    expect(request.one('From'), 'the dialog').to.equal(`<sip:alice@example.com>;tag=${this.toTag}`);
    expect([request.one('CSeq'), request.one('Event')]).to.deep.equal([`${++this.#theirCseq} NOTIFY`, this.event]);
    const notify: Notify = { request, from, said, behaviour: this.around.nextBehaviour(), sentAt: Date.now(), wasOwed: before?.wasOwed ?? this.isOwed, copies: 1, answer: 'none' };
    if (before === undefined) this.#checkNew(said, params, request.body);
    this.#underWay = notify;
    this.#seen.set(request.branch, notify);
    this.#arrived(notify);
  }

  #checkNew(said: Said, params: readonly string[], body: string): void {
    expect(this.over, `${this.callId} is sent something`).to.equal(undefined);
    expect(this.#asked, `${this.callId} has no 200 yet`).to.equal(undefined);
    this.#checkVersion(body);
    if (!this.isOwed) expect(said, `${this.callId} is sent what it has`).to.not.deep.equal(this.#taken);
    this.isOwed = false;
    if (said.state === 'terminated') this.#checkEnd(params);
    else this.#checkTime(params);
  }

  #checkEnd(params: readonly string[]): void {
    this.over = `terminated;${params.join(';')}`;
    const reasons = Date.now() >= this.until ? [...this.endings, 'timeout'] : this.endings;
    expect(reasons.map((reason) => `reason=${reason}`), `why ${this.callId} ends`).to.include(params.join(';'));
  }

  #checkTime(params: readonly string[]): void {
    expect(this.endings, `${this.callId} is to end, and goes on`).to.deep.equal([]);
    const left = (this.until - Date.now()) / 1000;
    expect(Number(/^expires=(\d+)$/.exec(params.join(';'))?.[1]), 'expires').to.be.within(left - 1, left + 1);
  }

  #checkVersion(body: string): void {
    const version = /<dialog-info [^>]*\bversion="(\d+)"/.exec(body)?.[1];
    if (version === undefined) return;
    expect(Number(version), `the version for ${this.callId}`).to.be.above(this.#version);
    this.#version = Number(version);
  }

  #arrived(notify: Notify): void {
    const { behaviour, from, copies, said, request } = notify;
    if (from.transport === 'udp' && copies <= behaviour.lost) return;
    // What it refuses it does not show.
    if (notify.answer === 'none' && (behaviour.code === 'nothing' || behaviour.code < 300)) this.shows = { ...said, type: request.all('Content-Type').join() };
    if (behaviour.code === 'nothing' || notify.answer === 'coming') return;
    if (notify.answer === 'sent') return this.#answer(notify);
    notify.answer = 'coming';
    setTimeout(() => {
      notify.answer = 'sent';
      for (let n = 0; n < (behaviour.isTwice ? 2 : 1); n++) this.#answer(notify);
    }, behaviour.after);
  }

  #answer({ behaviour: { code, retryAfter }, request, from }: Notify): void {
    this.#look();
    if (code === 'nothing' || !this.around.network.has(from)) return;
    if (this.#underWay?.request === request) this.#finish(code);
    const copied = request.lines.filter((line) => /^(?:Via|From|To|Call-ID|CSeq): /.test(line));
    this.around.network.send(from, [`SIP/2.0 ${code} As Told`, ...copied, ...(retryAfter === undefined ? [] : [`Retry-After: ${retryAfter}`]), 'Content-Length: 0', '', ''].join('\r\n'));
  }

  /** Time may have passed. */
  #look(): void {
    const now = Date.now();
    if (this.#underWay !== undefined && now >= this.#underWay.sentAt + PATIENCE) this.#finish('nothing');
    if (now >= this.#lostAt) this.over ??= 'its WebSocket is gone';
  }

  #finish(outcome: number | 'nothing' | 'transport'): void {
    const { said, wasOwed, from } = this.#underWay ?? {};
    // Once: not what went over a connection that was opened for it.
    const goesAgain = outcome === 'transport' && from?.transport === 'tcp' && from.accepts === undefined;
    this.#broken = goesAgain ? this.#underWay : undefined;
    this.#underWay = undefined;
    if (typeof outcome === 'number' && ending.has(outcome)) this.over ??= `it answered ${outcome}`;
    else if (outcome === 'nothing' && this.around.onTimeout === 'remove') this.over ??= 'it answered nothing';
    const isTaken = typeof outcome === 'number' && outcome < 300;
    if (!isTaken && !goesAgain) this.isOwed ||= wasOwed === true;
    // It may have taken what it refused, before its connection broke, or behind a proxy that has answered for it.
    this.#taken = isTaken ? said : undefined;
    if (outcome === 'transport' && from?.transport === 'ws') this.#lostAt = Date.now() + LOST;
  }
}
