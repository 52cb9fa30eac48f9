import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { MaybePromise } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import type { EventStateStore, RegPublish } from '../store/contract.js';
import { checked } from './checked-store.js';

/** What only whoever runs the checks can do to a database. Each may be left out; what needs it is skipped then. */
export interface StoreHooks {
  /**
   * Ends the store as a crash of its process does, so that nothing is written which was not yet, and returns one that is opened
   * anew on the same data. The old one is called no more: run the remaining checks on the new store.
   */
  reopen?(): MaybePromise<EventStateStore>;
  /** One more store on the same data, as a second process opens it. The check closes it. */
  openSecond?(): MaybePromise<EventStateStore>;
  /** Cuts the store off from its database, in connections that stand as well, until what `body` returns has settled. */
  whileUnreachable?(body: () => Promise<void>): Promise<void>;
  /**
   * From now on nothing arrives in the database that the store sends over the connections that stand, also after it has given them
   * up; new connections work. What this returns delivers all of it, as a slow network does, and resolves when it has arrived.
   */
  holdBack?(): MaybePromise<() => MaybePromise<unknown>>;
}

/** What a check is run with. */
export interface StoreUnderCheck extends StoreHooks {
  readonly store: EventStateStore;
  /** Lets milliseconds pass: on a fake clock, or by really waiting for a store that has a clock of its own. */
  pass(milliseconds: number): Promise<unknown>;
}

/** An optional method of the store, or a hook. */
export type Need = 'replace' | 'versions' | 'list' | 'listNow' | 'count' | keyof StoreHooks;

/** One thing that is expected of a store. Any test runner can take it. */
export interface StoreCheck {
  readonly id: string;
  /** What it proves, as a title. */
  readonly name: string;
  /** Without all of these there is nothing to check. */
  readonly needs: readonly Need[];
  /** Rejects, with an AssertionError or what the store threw, if the store does not do as it should. */
  run(given: StoreUnderCheck): Promise<void>;
}

/** What a check works with: a service name that no other one has, and addresses. */
export interface Scene {
  readonly store: EventStateStore;
  readonly srv: string;
  readonly aor: Aor;
  readonly otherAor: Aor;
  /** Another service name, emptied afterwards as well. */
  anotherService(name?: string): string;
  pass(milliseconds: number): Promise<unknown>;
  /** Puts a record of which nothing but the text matters. */
  put(tag: string, text: string, ttl?: number, aor?: Aor): Promise<RegPublish>;
  /** What is there under a tag: its text, or undefined. */
  text(tag: string, aor?: Aor): Promise<string | undefined>;
  /** The same scene after a crash: this one has ended. */
  reopened(): Promise<Scene>;
  /** The same scene in a second process. */
  second(): Promise<Scene>;
  whileUnreachable(body: () => Promise<void>): Promise<void>;
  /** Undefined where the hook is not there. */
  readonly holdBack: StoreHooks['holdBack'];
}

/** What is to be put away when a check ends. */
interface Left {
  /** The store in use: after a crash the one opened anew. */
  store: EventStateStore;
  readonly services: string[];
  readonly seconds: EventStateStore[];
}

/** Makes a check out of what it does; what it leaves behind is removed, also from a store that outlives it. */
export function check(id: string, name: string, body: (scene: Scene) => Promise<void>, ...needs: readonly Need[]): StoreCheck {
  const run = async (given: StoreUnderCheck): Promise<void> => {
    const left: Left = { store: given.store, services: [`check-${randomUUID()}`], seconds: [] };
    try {
      await body(sceneOf(given.store, given, left));
    } finally {
      for (const second of left.seconds) await second.close?.();
      for (const service of left.services) await left.store.delAll(service);
    }
  };
  return { id, name, needs, run };
}

function sceneOf(plain: EventStateStore, given: StoreUnderCheck, left: Left): Scene {
  const store = checked(plain);
  const srv = left.services[0] ?? '';
  const aor = aorOf('alice');
  return {
    store, srv, aor, otherAor: aorOf('bob'),
    pass: (milliseconds) => given.pass(milliseconds),
    anotherService(name = `check-${randomUUID()}`) {
      left.services.push(name);
      return name;
    },
    async put(tag, text, ttl = 600, at = aor) {
      const record = recordOf(text, ttl);
      await store.put(srv, at, tag, record, ttl);
      return record;
    },
    async text(tag, at = aor) {
      const found = await store.get(srv, at, tag);
      return found === undefined ? undefined : textOf(found);
    },
    async reopened() {
      left.store = await (given.reopen ?? missing)();
      return sceneOf(left.store, given, left);
    },
    async second() {
      const second = await (given.openSecond ?? missing)();
      left.seconds.push(second);
      return sceneOf(second, given, left);
    },
    whileUnreachable: (body) => (given.whileUnreachable ?? missing)(body),
    holdBack: given.holdBack?.bind(given),
  };
}

function missing(): never {
  throw new Error('A check was run that skipReason would have skipped');
}

export function aorOf(user: string, domain = 'example.com', scheme = 'sip'): Aor {
  return { scheme, user, domain };
}

/** `ttl` in seconds. */
export function recordOf(text: string, ttl = 600): RegPublish {
  const now = Date.now() / 1000;
  return { data: bytes(text), event: 'presence', content_type: 'application/pidf+xml', publisher: 'alice@example.com', since: now, expires: now + ttl };
}

/** What is stored for its grace only: `expires` is in the past, and its `ttl` has not run out. */
export function expiredRecordOf(text: string): RegPublish {
  return { ...recordOf(text), expires: Date.now() / 1000 - 1 };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(record: RegPublish): string {
  return new TextDecoder().decode(record.data);
}

/** A store that cannot count a whole service says so, and is right. */
export function countsService(count: number | 'unknown' | undefined, expected: number): void {
  if (count !== 'unknown') strictEqual(count, expected);
}

/** Compares bytes, not their classes: a store may return a Buffer. */
export function sameRecord(found: RegPublish | undefined, expected: RegPublish): void {
  ok(found !== undefined, 'nothing is there');
  ok(found.data instanceof Uint8Array, 'data is no Uint8Array');
  deepStrictEqual(Array.from(found.data), Array.from(expected.data), 'data differs');
  for (const field of ['event', 'content_type', 'content_encoding', 'publisher'] as const) strictEqual(found[field], expected[field], `${field} differs`);
  // What is rounded down to whole seconds ends too early.
  ok(Math.abs(found.expires - expected.expires) < 0.001, `expires is ${found.expires}, not ${expected.expires}`);
  const isSince = found.since === undefined || expected.since === undefined ? found.since === expected.since : Math.abs(found.since - expected.since) < 0.001;
  ok(isSince, `since is ${found.since}, not ${expected.since}`);
}
