import { Header, parseDeltaSeconds, type HeaderId, type Message } from '@nksip-ts/sip';
import { logDropped, type Logger } from '../log/log.js';
import type { MemoryAccount, Urgency } from '../memory/account.js';
import type { Source } from '../transport/transport.js';
import { ResponseRates } from './response-rates.js';
import type { Rules } from './rules.js';

/** Bytes that a request costs while it waits, beside the message: its transaction, its promises, what callbacks hold. Measured: about 3,500. */
const WAITING = 4096;

/** What a request costs in memory until it is answered, in bytes, if nothing else stands in its buffer: the message, a copy of its body on its way to a store, and what waits. */
export function costOf(message: Message): number {
  return WAITING + message.heldBytes + message.bodyLength + credentialsCost(message, Header.Authorization) + credentialsCost(message, Header.ProxyAuthorization);
}

/** While they are looked at there are a copy of their lines and the texts read out of it, each with two bytes a character. */
function credentialsCost(message: Message, header: HeaderId): number {
  return message.count(header) === 0 ? 0 : 4 * message.lines(header).length;
}

/** Who refreshes, changes or ends what is there goes on, and who asks whether we are alive; who publishes anew is refused first. */
function urgencyOf(message: Message): Urgency {
  if (message.method === 'OPTIONS') return 'ongoing';
  if (message.method === 'SUBSCRIBE') return message.toTag === '' ? 'initial' : 'ongoing';
  if (message.method === 'NOTIFY' && message.toTag !== '') return 'ongoing';
  if (message.method !== 'PUBLISH') return 'new';
  return message.first(Header.SipIfMatch) === undefined ? 'initial' : 'ongoing';
}

/** Whether a request ends what is there: a subscription, by its SUBSCRIBE with Expires 0 or its last NOTIFY. */
function isEnding(message: Message): boolean {
  if (message.toTag === '') return false;
  if (message.method === 'SUBSCRIBE') return parseDeltaSeconds(message.first(Header.Expires) ?? '') === 0;
  return message.method === 'NOTIFY' && /^terminated\b/i.test(message.first(Header.SubscriptionState) ?? '');
}

/** OPTIONS that may be worked on when there is room for nothing else: it is what others ask to learn whether we are still there. */
const reservedForOptions = 100;

/** How many more requests than usual there may be for this one to be taken. */
export function reserveFor({ method }: Message): number {
  return method === 'OPTIONS' ? reservedForOptions : 0;
}

/** Decides which requests are taken: as often as their source may send, while there is memory, until the service drains. */
export class Admission {
  readonly #rates = new ResponseRates(() => performance.now());
  #isDraining = false;
  #isShort = false;

  constructor(private readonly memory: MemoryAccount, private readonly log: Logger) {}

  /** From now on no new request is taken: the service is about to stop. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Why a new request is refused with 503: a reason phrase; '': it gets no response at all; undefined: it is taken. */
  refusal(message: Message, source: Source, rules: Rules): string | undefined {
    if (!this.#rates.request(rules, source.address, reserveFor(message))) return this.#tooFast(source, rules);
    // RFC 3261 21.5.4: "undergoing maintenance"; the client tries another server.
    if (this.#isDraining && !isEnding(message)) return 'Service Unavailable';
    return this.#hasMemory(message) ? undefined : 'Out Of Memory';
  }

  /** Whether a request that needs no transaction gets its response. */
  mayRespond(source: Source, rules: Rules): boolean {
    if (this.#rates.request(rules, source.address)) return true;
    this.#logTooFast(source);
    return false;
  }

  /** Whether a retransmission gets its response again. */
  mayRepeat(source: Source, rules: Rules): boolean {
    return this.#rates.repetition(rules, source.address);
  }

  /** RFC 3261 21.5.4: a server "MAY simply refuse the connection or drop the request instead of responding with a 503". */
  #tooFast(source: Source, rules: Rules): string {
    if (this.#rates.refusal(rules, source.address)) return 'Too Many Requests';
    this.#logTooFast(source);
    return '';
  }

  #logTooFast(source: Source): void {
    logDropped(this.log, source, 'too many requests from there');
  }

  /** That it runs short is told once, until there is room again for what is refused first. */
  #hasMemory(message: Message): boolean {
    const cost = costOf(message);
    if (this.memory.hasPlenty(cost)) {
      this.#isShort = false;
      return true;
    }
    const hasRoom = this.memory.hasRoom(cost, urgencyOf(message));
    if (hasRoom || this.#isShort) return hasRoom;
    this.#isShort = true;
    const { limit, used, parts } = this.memory.usage();
    this.log.warn({ limit, used, parts }, `Memory runs short: ${used} bytes are held, and sip_max_memory is ${limit}. New requests are refused with 503; what is stored stays.`);
    return false;
  }
}
