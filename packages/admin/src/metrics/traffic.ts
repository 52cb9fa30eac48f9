import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ReplySent, RequestReceived } from '@nksip-ts/core';
import type { StoreOperation } from '@nksip-ts/event-compositor';
import type { Message } from '@nksip-ts/sip';
import { Buckets } from './buckets.js';
import { reasonIn, type LastRefusals } from './refusals.js';
import { kindOf, methodOf, OTHER, packageOf } from './request-kind.js';

/** Requests whose time is taken; those that nobody answers are forgotten when there are more. */
const MOST_TIMED = 20_000;
/** Reasons that are told apart. */
const MOST_REASONS = 50;

export interface TrafficPorts {
  readonly service: string;
  /** The event packages that the service serves. */
  packages(): readonly string[];
  readonly refusals: LastRefusals;
  /** Seconds that a request took, or an operation of the store. */
  answered(method: string, seconds: number): void;
  stored(operation: string, seconds: number): void;
  fault(error: unknown): void;
}

/** Counts what goes through a service, by listening to its diagnostics channels: while nobody counts, nothing is published there. */
export class Traffic {
  /** By method, package, kind and code, with tabs between. */
  readonly requests = new Map<string, number>();
  readonly byMethod = new Map<string, number>();
  readonly byCode = new Map<string, number>();
  /** By method, code and reason. */
  readonly refused = new Map<string, number>();
  readonly operations = new Map<string, number>();
  readonly storeFaults = new Map<string, number>();
  readonly durations = new Buckets();
  readonly #timed = new Map<Message, number>();
  readonly #reasons = new Set<string>();
  #served: ReadonlySet<string> = new Set();
  #servedList: readonly string[] = [];

  constructor(private readonly ports: TrafficPorts) {}

  start(): void {
    subscribe('nksip-ts:request', this.#onRequest);
    subscribe('nksip-ts:reply', this.#onReply);
    subscribe('nksip-ts:store', this.#onStore);
  }

  stop(): void {
    unsubscribe('nksip-ts:request', this.#onRequest);
    unsubscribe('nksip-ts:reply', this.#onReply);
    unsubscribe('nksip-ts:store', this.#onStore);
    this.#timed.clear();
  }

  // What a subscriber throws would end the process.
  readonly #onRequest = (told: unknown): void => {
    const { service, message } = told as RequestReceived;
    if (service !== this.ports.service) return;
    if (this.#timed.size >= MOST_TIMED) this.#timed.clear();
    this.#timed.set(message, performance.now());
  };

  readonly #onReply = (told: unknown): void => {
    const reply = told as ReplySent;
    if (reply.service !== this.ports.service) return;
    try {
      this.#count(reply);
    } catch (error) {
      this.ports.fault(error);
    }
  };

  readonly #onStore = (told: unknown): void => {
    const { service, op, milliseconds, error } = told as StoreOperation;
    if (service !== this.ports.service) return;
    add(error === undefined ? this.operations : this.storeFaults, op.type);
    this.ports.stored(op.type, milliseconds / 1000);
  };

  #count(reply: ReplySent): void {
    const { message, code } = reply;
    const method = methodOf(message);
    add(this.byMethod, method);
    add(this.byCode, String(code));
    add(this.requests, `${method}\t${packageOf(message, this.#packages)}\t${kindOf(message)}\t${code}`);
    const began = this.#timed.get(message);
    if (began !== undefined) this.#took(message, method, (performance.now() - began) / 1000);
    // A challenge is no refusal yet (RFC 3261 22.2), unless there were credentials; most clients send none first.
    if (code >= 400 && code !== 401 && code !== 407) this.#refuse(reply, method);
  }

  #took(message: Message, method: string, seconds: number): void {
    this.#timed.delete(message);
    this.durations.add(seconds);
    this.ports.answered(method, seconds);
  }

  #refuse(reply: ReplySent, method: string): void {
    add(this.refused, `${method}\t${reply.code}\t${this.#reasonOf(reply.bytes)}`);
    this.ports.refusals.add(reply);
  }

  /** The part of a reason phrase that is ours: what stands behind a colon may be a stranger's. */
  #reasonOf(response: Uint8Array): string {
    const [reason = ''] = reasonIn(response).slice(0, 60).split(':');
    if (this.#reasons.has(reason)) return reason;
    if (this.#reasons.size >= MOST_REASONS || !/^[\w ./-]+$/.test(reason)) return OTHER;
    this.#reasons.add(reason);
    return reason;
  }

  get #packages(): ReadonlySet<string> {
    const list = this.ports.packages();
    if (list !== this.#servedList) [this.#servedList, this.#served] = [list, new Set(list)];
    return this.#served;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
