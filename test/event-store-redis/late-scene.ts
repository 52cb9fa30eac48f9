import { startByName, type Service } from '@nksip-ts/core';
import { list, textOf } from '@nksip-ts/event-compositor';
import '@nksip-ts/event-store-redis';
import { fresh, publishText } from '../kit/request-text.ts';
import { RedisRelay } from './redis-relay.ts';
import { until, type RedisServer } from './redis-servers.ts';

/**
 * How a write comes late. 'timeout': it is given up, and the network delivers it then. 'lost': its connection is lost at once, something
 * newer is written, and the network delivers it then, before its deadline is over.
 */
export type Lateness = 'timeout' | 'lost';

/** One that is published for before, one write that comes late, and what is done after that was refused. */
interface Case {
  readonly first: boolean;
  readonly late: { readonly body?: string; readonly expires?: number };
  readonly then?: { readonly body?: string; readonly expires?: number };
  /** What must be there in the end. */
  readonly left: string | undefined;
}

const newer: readonly Case[] = [
  { first: true, late: { body: 'late' }, then: { body: 'newer' }, left: 'newer' },
  { first: true, late: { body: 'late' }, then: { expires: 0 }, left: undefined },
  { first: true, late: {}, then: { body: 'newer' }, left: 'newer' },
  { first: true, late: {}, then: { expires: 0 }, left: undefined },
  { first: true, late: { expires: 0 }, then: { body: 'newer' }, left: 'newer' },
];
const alone: readonly Case[] = [
  { first: true, late: { body: 'late' }, left: 'before' },
  { first: true, late: { expires: 0 }, left: 'before' },
  { first: false, late: { body: 'late' }, left: undefined },
];

/** A service with a way of its own to Redis. */
export class LateScene {
  /** Writes that were delivered late. */
  delivered = 0;
  /** What was not as it must be. */
  readonly wrong: string[] = [];

  private constructor(private readonly relay: RedisRelay, private readonly service: Service, private readonly lateness: Lateness) {}

  static async start(redis: RedisServer, lateness: Lateness, etag: 'keep' | 'renew'): Promise<LateScene> {
    const relay = await RedisRelay.to(redis.port);
    const service = await startByName(fresh('late'), {
      log_level: 'silent', plugins: ['event-compositor', 'event-store-redis'], sip_events: 'nkpublish', sip_event_compositor_etag: etag,
      sip_event_store_redis_url: relay.url, sip_event_store_redis_timeout: lateness === 'timeout' ? 200 : 2400,
    });
    return new LateScene(relay, service, lateness);
  }

  async round(): Promise<void> {
    const cases = (this.lateness === 'timeout' ? [...newer, ...alone] : newer).map((one) => ({ ...one, user: fresh('user'), tag: '' }));
    for (const one of cases) if (one.first) one.tag = (await this.#publish(one.user, '', { body: 'before' })).tag;
    const deliver = this.relay.hold('from change');
    const late = cases.map(({ user, tag, late: parts }) => this.#publish(user, tag, parts));
    await until(() => this.relay.heldChanges > 0);
    if (this.lateness === 'lost') this.relay.breakHeld();
    for (const { code } of await Promise.all(late)) this.#expect(code, 503);
    for (const { user, tag, then } of cases) {
      if (then !== undefined) await until(async () => (await this.#publish(user, tag, then)).code === 200);
    }
    this.delivered += this.relay.heldChanges;
    await deliver();
    const found = await this.#states();
    for (const { user, left } of cases) this.#expect(found.get(user), left);
  }

  async stop(): Promise<void> {
    await this.service.stop();
    await this.relay.stop();
  }

  #expect(found: unknown, expected: unknown): void {
    if (found !== expected) this.wrong.push(`${String(found)}, not ${String(expected)}`);
  }

  async #publish(user: string, etag: string, parts: { readonly body?: string; readonly expires?: number }) {
    const via = [`SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${fresh('late')}`];
    const text = publishText({ uri: `sip:${user}@example.com`, via, callId: fresh('call'), expires: 600, ...parts, ...(etag !== '' && { etag }) });
    const response = await this.service.inject(Buffer.from(text));
    return { code: response?.code, tag: response?.header('SIP-ETag')[0] ?? '' };
  }

  async #states(): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for await (const { aor, record } of list(this.service)) found.set(aor.user, textOf(record));
    return found;
  }
}
