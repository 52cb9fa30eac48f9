import { randomUUID } from 'node:crypto';
import { reportFault } from '../../packages/core/src/service/report-fault.ts';
import { MemoryAccount, NksipError, ServiceEvents, type MaybePromise, type ReplyOptions, type ServiceFault, type SipReply } from '@nksip-ts/core';
import { options, storeCallback, type EventStateStore, type RegPublish, type StoreCallback, type StoreOp } from '@nksip-ts/event-compositor';
import type { z } from 'zod';
import { buildChain } from '../../packages/core/src/callback/chain.ts';
import { PluginEvents } from '../../packages/core/src/plugin/events.ts';
import { Compositor } from '../../packages/event-compositor/src/compositor.ts';
import type { CompositorConfig } from '../../packages/event-compositor/src/options.ts';
import { loggerTo } from '../kit/loggers.ts';
import { type PublishParts, publishRequest } from '../kit/sip-request.ts';

export type StoreFunction = (op: StoreOp, srvId: string) => unknown;

export interface Setup {
  readonly options?: z.input<typeof options>;
  readonly events?: readonly string[];
  /** The service's own callback, asked before RAM. */
  readonly store?: StoreFunction | EventStateStore;
}

export interface Answer {
  readonly code: string;
  readonly tag: string | undefined;
  readonly expires: number | undefined;
  readonly reply: SipReply;
}

/** One service with the compositor, without the stack around it. */
export class CompositorUnderTest {
  readonly compositor: Compositor;
  readonly logged: string[] = [];
  readonly faults: ServiceFault[] = [];
  readonly events: ServiceEvents;
  config: CompositorConfig;
  readonly #secret = randomUUID();

  constructor({ options: given = {}, events = ['presence', 'dialog', 'message-summary', 'nkpublish'], store }: Setup = {}) {
    const log = loggerTo(({ fields, message }) => { this.logged.push(`${message} ${JSON.stringify(fields)}`); });
    this.config = { ...options.parse(given), sip_events: events };
    this.events = new ServiceEvents(log);
    this.events.on('error', (fault) => this.faults.push(fault));
    const own = typeof store === 'object' ? storeCallback(store) : store;
    const currentConfig = (): CompositorConfig => this.config;
    this.compositor = new Compositor({
      id: 'server', get config() { return currentConfig(); }, events: new PluginEvents(this.events), log, memory: new MemoryAccount(2 ** 30),
      fault: (error, callback) => { reportFault('server', this.events, log, error, callback); },
      call: (_, args, end) => chain.call(args, end),
      chain: () => chain.owners,
      firstInChain: () => chain.links[0]?.fn,
    });
    const links = [...(own === undefined ? [] : [{ owner: 'server', fn: own }]), { owner: 'event-compositor', fn: this.compositor.builtInStore }];
    const chain = buildChain('sip_event_compositor_store', links as Parameters<typeof buildChain>[1]);
  }

  /** Answered at once, or not. */
  now(parts: PublishParts = {}): MaybePromise<SipReply> {
    return this.compositor.publish(publishRequest(parts, this.#secret));
  }

  async publish(parts: PublishParts = {}): Promise<Answer> {
    return answerOf(await this.now(parts));
  }

  /** The tag of a publication that is stored now. */
  async stored(parts: PublishParts = {}): Promise<string> {
    const { tag, reply } = await this.publish({ body: '<presence/>', ...parts });
    if (tag === undefined) throw new Error(`Not stored: ${JSON.stringify(reply)}`);
    return tag;
  }

  async textOf(tag: string | undefined, aor = 'sip:user1@example.com'): Promise<string> {
    const found = await this.compositor.find(aor, tag ?? '');
    return found === 'not_found' ? found : Buffer.from(found.data).toString();
  }
}

/** 'ok', 'conditional_request_failed' ..., with the argument where there is one: 'internal_error: Store Timeout', '403: Not Today'. */
export function answerOf(reply: SipReply): Answer {
  if (!Array.isArray(reply)) return { code: String(reply), tag: undefined, expires: undefined, reply };
  const [code, argument]: readonly unknown[] = reply;
  const { sip_etag: tag, expires }: { sip_etag?: string; expires?: number } = code === 'ok' ? argument as object : {};
  return { code: code === 'ok' ? 'ok' : `${String(code)}: ${textOfArgument(argument)}`, tag, expires, reply };
}

/** The reason and what the client is told in header fields. */
function textOfArgument(argument: unknown): string {
  if (typeof argument !== 'object') return String(argument);
  const { reason_phrase = '', retry_after, add = {} }: ReplyOptions = argument ?? {};
  return [reason_phrase, retry_after ?? [], Object.values(add)].flat().join(' ').trim();
}

/** A simple store: it knows no previous_tag, and keeps what it is given. */
export class SimpleStore {
  readonly records = new Map<string, RegPublish>();

  readonly callback: StoreCallback = (op) => {
    if (op.type === 'del_all') {
      this.records.clear();
      return 'ok';
    }
    const key = `${op.aor.user}/${op.tag}`;
    switch (op.type) {
      case 'get': return this.records.get(key) ?? 'not_found';
      case 'put': this.records.set(key, op.record); return 'ok';
      case 'del': return this.records.delete(key) ? 'ok' : 'not_found';
    }
  };
}

export const unavailable = (retry_after?: number): NksipError => new NksipError('store_unavailable', { retry_after });
