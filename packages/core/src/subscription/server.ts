import { formatUri, Header, utf8Of, type Message } from '@nksip-ts/sip';
import { dialogOfRequest, refreshTarget, takeSequence, type Dialog } from '../dialog/dialog.js';
import { cameFrom, goesOn, recentWays, type CameFrom } from '../dialog/came-from.js';
import type { MemoryAccount } from '../memory/account.js';
import { Refused } from '../reply/refused.js';
import type { OutgoingResponse } from '../reply/resolve.js';
import { roomFor } from '../reply/size.js';
import type { SipReply } from '../reply/table.js';
import { transportParameter } from '../transport/transport-facts.js';
import type { LocalEnd } from '../uac/build.js';
import { costOf, Entry, serverHandle } from './entry.js';
import type { Lines } from './lines.js';
import type { PeerRequest } from './peer-request.js';
import { readSubscribe, type Asked } from './read-subscribe.js';
import type { SubscriptionRules } from './rules.js';
import type { SubscriptionTable } from './table.js';
import type { Teller } from './tell.js';

export interface ServerParts {
  readonly rules: () => SubscriptionRules;
  readonly table: SubscriptionTable;
  readonly lines: Lines;
  readonly teller: Teller;
  readonly memory: MemoryAccount;
  /** Our end of the way to whoever sent a request. */
  readonly localEnd: (way: CameFrom) => LocalEnd;
}

/** The notifier's side of RFC 6665 4.2: a SUBSCRIBE makes a subscription, refreshes or ends it. */
export class SubscriptionServer {
  /** Those whose SUBSCRIBE has no response yet, by handle. */
  readonly #begun = new Map<string, Entry>();
  /** A proxy or a phone with many lamps has many dialogs that come over one way: of each it would be 120 bytes. */
  readonly #ways = recentWays();

  constructor(private readonly parts: ServerParts) {}

  /** The subscription with this handle, also one that is not made yet. */
  find(handle: string): Entry | undefined {
    return this.parts.table.get(handle) ?? this.#begun.get(handle);
  }

  /** RFC 3261 12.2.2: 481 for a dialog that is not there, 500 for a request that comes out of order. */
  refuse({ message }: PeerRequest): SipReply | undefined {
    const entry = this.parts.table.of(message);
    if (entry?.phase !== 'alive') return ['unknown_dialog', 'Subscription Does Not Exist'];
    return takeSequence(entry.dialog, message) ? undefined : ['internal_error', 'CSeq Out of Order'];
  }

  /** Takes a SUBSCRIBE whose dialog, if it has one, is there. */
  take(request: PeerRequest): Subscribing | SipReply {
    const { message } = request;
    const { events } = this.parts.rules();
    const asked = readSubscribe(message, events);
    if (asked instanceof Refused) return asked.reply;
    const way = this.#cameFrom(request);
    return message.toTag === '' ? this.#begin(request, asked, way) : this.#again(request, asked, way);
  }

  #begin(request: PeerRequest, asked: Asked, way: CameFrom): Subscribing | SipReply {
    const dialog = dialogOfRequest(request.message, request.toTag, way);
    if (dialog === undefined) return ['invalid_request', 'Malformed Record-Route'];
    dialog.room = roomFor(request.message);
    const entry = this.#entryFor(request, dialog, asked, way);
    if (!this.parts.memory.hasRoom(costOf(entry), 'initial')) return ['service_unavailable', 'Out Of Memory'];
    this.#begun.set(entry.handle, entry);
    return this.#subscribing('sip_subscribe', request, entry, asked, way);
  }

  /**
   * A client that has lost our response and its transaction asks again with the same request: it has made this subscription already. One that has ended
   * since, and waits for the answer to its last NOTIFY, makes room for another with the same tags.
   */
  #entryFor(request: PeerRequest, dialog: Dialog, { event }: Asked, way: CameFrom): Entry {
    const handle = serverHandle(request.toTag);
    const known = this.find(handle);
    if (known?.phase === 'alive' && known.callId === dialog.callId && known.remoteTag === dialog.remoteTag) return known;
    if (known !== undefined) this.parts.lines.end(known, ['terminated', 'forced']);
    return new Entry(dialog, event, this.#contactFor(request, way));
  }

  #again(request: PeerRequest, asked: Asked, way: CameFrom): Subscribing | SipReply {
    const entry = this.parts.table.of(request.message);
    // RFC 6665 4.5.2 has no second subscription in a dialog.
    if (entry === undefined || entry.event !== asked.event) return ['unknown_dialog', 'Subscription Does Not Exist'];
    return this.#subscribing('sip_resubscribe', request, entry, asked, way);
  }

  #subscribing(callback: Subscribing['callback'], request: PeerRequest, entry: Entry, asked: Asked, way: CameFrom): Subscribing {
    const { lines, rules } = this.parts;
    lines.hold(entry);
    const subscribing = new Subscribing(callback, request, entry, asked, this.#contactFor(request, way), rules());
    request.afterReply((code) => {
      this.#begun.delete(entry.handle);
      if (code !== undefined && code >= 200 && code < 300) this.#accepted(entry, request, way, subscribing);
      else if (this.parts.table.get(entry.handle) !== entry) this.#refused(entry);
      lines.release(entry);
    }, 'gathered');
    return subscribing;
  }

  #refused(entry: Entry): void {
    entry.phase = 'over';
    this.parts.lines.clear(entry);
  }

  /** The 2xx has left. */
  #accepted(entry: Entry, { message }: PeerRequest, way: CameFrom, { contact, granted }: Subscribing): void {
    const { table, teller } = this.parts;
    if (entry.phase !== 'alive') return;
    if (table.get(entry.handle) !== entry) {
      table.add(entry);
      teller.began(entry);
    } else if (this.#refresh(entry, message, way, contact)) {
      teller.tell(entry, 'target_update');
    }
    this.#grant(entry, granted);
    entry.line?.underWay?.sending?.moved();
  }

  /** Whether its target is another one now. */
  #refresh(entry: Entry, message: Message, way: CameFrom, contact: string): boolean {
    let hasNewTarget = false;
    this.parts.table.change(entry, () => {
      if (entry.contact !== contact) entry.change({ contact });
      entry.way = goesOn(entry.way, way);
      entry.room = roomFor(message);
      hasNewTarget = refreshTarget(entry, message);
    });
    return hasNewTarget;
  }

  #grant(entry: Entry, seconds: number): void {
    entry.dueAt = Math.floor(performance.now()) + 1000 * seconds;
    if (seconds === 0) this.timeIsOver(entry);
    else this.parts.table.setDeadline(entry, entry.dueAt);
  }

  /**
   * RFC 6665 4.2.1.4 and 4.4.3: what is sent last says `terminated`, with the state if the application sends it in this turn, else without.
   */
  timeIsOver(entry: Entry): void {
    if (entry.phase !== 'alive') return;
    entry.phase = 'ending';
    this.parts.teller.status(entry, ['terminated', 'timeout']);
    setImmediate(() => { this.parts.lines.sayGoodbye(entry); });
  }

  #cameFrom({ message, source, isProved }: PeerRequest): CameFrom {
    return this.#ways.same(cameFrom(message, source, isProved || this.parts.rules().isTrusted(source.address)));
  }

  /** RFC 3261 12.1.1: our Contact; 8.1.1.8 has it SIPS where the request is. */
  #contactFor({ ruri }: PeerRequest, way: CameFrom): string {
    const { transport, host, port } = this.parts.localEnd(way);
    const scheme = ruri.scheme === 'sips' ? 'sips' : 'sip';
    const named = transportParameter(scheme, transport);
    const uri = formatUri({ scheme, user: ruri.user, domain: host, port, params: new Map(named === undefined ? [] : [['transport', named]]) });
    return Buffer.from(`<${uri}>`).toString('latin1');
  }
}

/** RFC 3261 12.2.2 */
const ended: OutgoingResponse = { code: 481, reason: 'Subscription Does Not Exist', headers: '' };

/** A SUBSCRIBE that its callback is asked about. */
export class Subscribing {
  /** Seconds that the 2xx grants. */
  granted = 0;

  constructor(
    readonly callback: 'sip_subscribe' | 'sip_resubscribe',
    private readonly request: PeerRequest,
    private readonly entry: Entry,
    private readonly asked: Asked,
    /** The value of our Contact. */
    readonly contact: string,
    private readonly rules: SubscriptionRules,
  ) {}

  /**
   * RFC 6665 4.2.1.1: a 2xx has Expires, never more than was asked. RFC 3261 12.1.1: it has a Contact and the Record-Route lines as they came. RFC 6665 4.4.4:
   * Allow-Events tells what else can be subscribed to.
   */
  respond(response: OutgoingResponse): OutgoingResponse {
    if (response.code >= 300) return response;
    // It ended while the callback was deciding: a 2xx would promise time that it does not have.
    if (this.entry.phase !== 'alive') return ended;
    const { headers } = response;
    const given = /^Expires: (\d+)\r\n/m.exec(headers)?.[1];
    const { expires: asked } = this.asked;
    const meant = given === undefined ? asked ?? this.rules.expires : Number(given);
    this.granted = Math.min(meant, asked ?? meant);
    const others = headers.replace(/^Expires: \d+\r\n/m, '');
    const lines = [`Expires: ${this.granted}\r\n`, utf8Of(this.request.message.lines(Header.RecordRoute))];
    if (!/^Contact:/im.test(others)) lines.push(`Contact: ${utf8Of(this.contact)}\r\n`);
    if (!/^Allow-Events:/im.test(others)) lines.push(`Allow-Events: ${[...this.rules.events.keys()].join(', ')}\r\n`);
    return { ...response, headers: lines.join('') + others };
  }
}
