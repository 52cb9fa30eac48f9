import { checkRequest, defaultLimits, parse } from '@nksip-ts/sip';
import type { LogLevel, Logger, Service } from '@nksip-ts/core';
import { startByName } from '@nksip-ts/core';
import { clear } from '@nksip-ts/event-compositor';
import type { TransportName } from '../../packages/core/src/transport/transport.ts';
import { fresh, publishText } from '../kit/request-text.ts';
import type { ResponseText } from '../kit/received-text.ts';
import type { Peer } from '../wire/peers.ts';
import { portOf } from '../wire/running.ts';
import { onSent } from './sent-bytes.ts';
import { must } from './target.ts';

// Answers go where a forged Via says. All of it happens at an address where nothing else listens.
export const host = '127.0.0.2';

/** Where rubbish comes from: peers over connections come from the second. */
const senders = [host, '127.0.0.1'];

/** For how long (ms) anything may take that should take none. */
export const patience = 5000;

/** Rejects with `sentence` when it takes too long. */
export async function inTime<T>(promise: Promise<T>, sentence: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => { reject(new Error(sentence)); }, patience); });
  return Promise.race([promise, late]).finally(() => { clearTimeout(timer); });
}

/** A response as we write it must be one that we read; it may have one field more than the request that it answers. */
export function checkResponseBytes(bytes: Uint8Array): void {
  const size = bytes.length;
  const result = parse(bytes, { maxBytes: size, maxHeadBytes: size, maxHeaders: 1000, maxHeaderLine: size, maxUri: size, maxBody: size }, 'stream');
  const text = Buffer.from(bytes).toString('latin1');
  must(result.ok, `the service sent what cannot be read (${result.ok || result.reason}): ${text}`);
  must(!result.message.isRequest && result.message.status >= 100, `the service sent no response: ${text}`);
  must(result.message.index.headEnd + result.message.bodyLength === size, `the service sent more than its Content-Length says: ${text}`);
}

/** A request as we write it: whole, and one that we would take ourselves, but for a Request-URI as long as the peer has chosen for its Contact. */
function checkRequestBytes(bytes: Uint8Array, methods: ReadonlySet<string>): void {
  const text = Buffer.from(bytes).toString('latin1');
  const result = parse(bytes, { ...defaultLimits, maxBytes: 1e9, maxBody: 1e9, maxUri: defaultLimits.maxHeaderLine }, 'stream');
  must(result.ok, `the service sent a request that cannot be read (${result.ok || result.reason}): ${text}`);
  must(methods.has(result.message.method), `the service sent a ${result.message.method}: ${text}`);
  const problem = checkRequest(result.message);
  must(problem === undefined, `the service sent a request that is not sound (${problem?.reason ?? ''}): ${text}`);
}

/** Sees what is sent, wherever it goes, and keeps what should never be logged. */
class Witness implements Logger {
  /** Of requests that it may send. */
  constructor(private readonly methods: ReadonlySet<string>) {}

  readonly level = 'info';
  readonly problems: string[] = [];
  /** Bytes that were sent, and those of it since somebody began to count. */
  sentEver = 0;
  sent = 0;

  isLevelEnabled(level: LogLevel): boolean { return level !== 'debug'; }
  debug(): void { /* not enabled */ }
  warn(): void { /* what comes is rubbish, and may be called so */ }

  info(): void { /* what is sent is seen as bytes */ }

  onSent(bytes: Uint8Array, address: string): void {
    this.sent += bytes.length;
    this.sentEver += bytes.length;
    if (!senders.includes(address)) this.problems.push(`an answer went to ${address}, from where nothing came`);
    try {
      if (Buffer.from(bytes).toString('latin1', 0, 8) === 'SIP/2.0 ') checkResponseBytes(bytes);
      else checkRequestBytes(bytes, this.methods);
    } catch (error) {
      this.problems.push(String(error));
    }
  }

  error(_fields: object, message: string): void { this.problems.push(`logged as an error: ${message}`); }
}

/** All are who they say they are, and every answer is given by a callback that has looked at what it was asked. */
const module = {
  sip_get_user_pass: () => 'secret',
  sip_authorize: (list: readonly (readonly [string, unknown])[]) => (list.some(([kind]) => kind === 'invalid') ? 'proxy_authenticate' : 'ok'),
  sip_message: (request: { header(name: string): readonly string[] }) => ['reply', request.header('Subject').length > 1 ? 'invalid_request' : 'ok'],
};

/** A compositor to which rubbish is sent, and who tells whether it was well afterwards. */
export class ServiceUnderFire {
  readonly #witness: Witness;
  /** Bytes that it may send until it is asked whether it is well. */
  #most = Infinity;
  readonly #endWatch: () => void;

  private constructor(readonly service: Service, witness: Witness) {
    this.#witness = witness;
    this.#endWatch = onSent((bytes, address) => { witness.onSent(bytes, address); });
  }

  /** `methods`: of requests that it may send by itself. */
  static async start(transport: TransportName, options: Readonly<Record<string, unknown>> = {}, methods: readonly string[] = []): Promise<ServiceUnderFire> {
    const witness = new Witness(new Set(methods));
    const service = await startByName(fresh('fuzz'), {
      plugins: ['event-compositor'], sip_listen: `sip:${host}:0;transport=${transport}`, sip_events: 'nkpublish, presence', logger: witness, sip_trace: true,
      sip_timer_t1: 50, sip_timer_t2: 200, sip_timer_t4: 100, sip_max_transaction_bytes: 1024 * 1024, sip_event_compositor_max_per_aor: 100_000, ...options,
    }, module);
    service.events.on('error', ({ error }) => {
      if (error.code !== 'transport_error') witness.problems.push(`an error event (${error.code}): ${error.stack ?? error.message}\n${error.cause instanceof Error ? error.cause.stack ?? '' : ''}`);
    });
    return new ServiceUnderFire(service, witness);
  }

  port(transport: TransportName): number {
    return portOf(this.service, transport);
  }

  /** Bytes that it has sent since it began. */
  get sent(): number {
    return this.#witness.sentEver;
  }

  /** So many bytes at most may be sent because of what comes now. */
  mayAnswer(bytes: number): void {
    this.#witness.sent = 0;
    this.#most = bytes;
  }

  /** RFC 3903 6: a good PUBLISH is 200 over `peer`, whatever came before it. Then nothing may have gone wrong inside. */
  async mustBeWell(peer: Peer, via: string): Promise<void> {
    const callId = fresh('good');
    const text = publishText({ callId, via: [`${via};rport;branch=z9hG4bK${callId}`], uri: `sip:${callId}@example.com`, body: 'x', expires: 60 });
    const again = setInterval(() => { peer.send(text); }, 500);
    const answer = await inTime(answerTo(peer, callId, text), 'a good PUBLISH afterwards was not answered').finally(() => { clearInterval(again); });
    must(answer.code === 200, `a good PUBLISH afterwards was answered ${answer.code} ${answer.reason}`);
    const { sent } = this.#witness;
    // Each of these has an answer, too; it may have been sent again.
    must(sent <= this.#most + 2 * 1000, `${sent} bytes were sent, and ${this.#most} may be sent to an address that nothing proves`);
    this.#mustBeSilent();
  }

  #mustBeSilent(): void {
    const [problem] = this.#witness.problems.splice(0);
    if (problem !== undefined) throw new Error(problem);
  }

  /** Forgets what was published, so that memory tells of leaks alone. Nothing else that was sent may still count. */
  async forget(): Promise<void> {
    await clear(this.service);
    const { requests = 0, unfinished = 0, unsent = 0 } = this.service.usage().parts;
    must(requests + unfinished + unsent === 0, `the account still has ${requests} bytes of requests, ${unfinished} of unfinished messages and ${unsent} unsent, and nothing is under way`);
  }

  async stop(): Promise<void> {
    await this.service.stop();
    this.#endWatch();
  }
}

async function answerTo(peer: Peer, callId: string, text: string): Promise<ResponseText> {
  peer.send(text);
  for (;;) {
    const answer = await peer.next();
    checkResponseBytes(Buffer.from(answer.text, 'latin1'));
    if (answer.all('Call-ID').includes(callId)) return answer;
  }
}
