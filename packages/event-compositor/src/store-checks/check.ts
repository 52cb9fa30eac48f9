import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Aor } from '@nksip-ts/sip';
import type { EventStateStore, RegPublish } from '../store.js';

/** What a check is run with. */
export interface StoreUnderCheck {
  readonly store: EventStateStore;
  /** Lets milliseconds pass: of a fake clock, or in truth for a store that has a clock of its own. */
  pass(milliseconds: number): Promise<unknown>;
}

/** One thing that is expected of a store. Any test runner can take it. */
export interface StoreCheck {
  readonly id: string;
  /** What it proves, as a title. */
  readonly name: string;
  /** An optional method of the store without which there is nothing to check. */
  readonly needs?: 'replace' | 'list' | 'count';
  /** Rejects, with an AssertionError or what the store threw, if the store does not do as it should. */
  run(given: StoreUnderCheck): Promise<void>;
}

/** What a check works with: a service name that no other one has, and addresses. */
export interface Scene extends StoreUnderCheck {
  readonly srv: string;
  readonly aor: Aor;
  readonly otherAor: Aor;
  /** Another service name, emptied afterwards as well. */
  anotherService(name?: string): string;
  /** Puts a record of which nothing but the text matters. */
  put(tag: string, text: string, ttl?: number, aor?: Aor): Promise<RegPublish>;
  /** What is there under a tag: its text, or undefined. */
  text(tag: string, aor?: Aor): Promise<string | undefined>;
}

/** Makes a check out of what it does; what it leaves behind is removed, also from a store that outlives it. */
export function check(id: string, name: string, body: (scene: Scene) => Promise<void>, needs?: StoreCheck['needs']): StoreCheck {
  const run = async (given: StoreUnderCheck): Promise<void> => {
    const services = [`check-${randomUUID()}`];
    try {
      await body(sceneOf(given, services));
    } finally {
      for (const service of services) await given.store.delAll(service);
    }
  };
  return needs === undefined ? { id, name, run } : { id, name, needs, run };
}

function sceneOf(given: StoreUnderCheck, services: string[]): Scene {
  const { store } = given;
  const srv = services[0] ?? '';
  const aor = aorOf('alice');
  return {
    store, srv, aor, otherAor: aorOf('bob'),
    pass: (milliseconds) => given.pass(milliseconds),
    anotherService(name = `check-${randomUUID()}`) {
      services.push(name);
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
  };
}

export function aorOf(user: string, domain = 'example.com', scheme = 'sip'): Aor {
  return { scheme, user, domain };
}

/** `ttl` in seconds. */
export function recordOf(text: string, ttl = 600): RegPublish {
  return { data: bytes(text), event: 'presence', content_type: 'application/pidf+xml', expires: Date.now() / 1000 + ttl };
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(record: RegPublish): string {
  return new TextDecoder().decode(record.data);
}

/** Compares bytes, not their classes: a store may answer a Buffer. */
export function sameRecord(found: RegPublish | undefined, expected: RegPublish): void {
  ok(found !== undefined, 'nothing is there');
  ok(found.data instanceof Uint8Array, 'data is no Uint8Array');
  deepStrictEqual(Array.from(found.data), Array.from(expected.data), 'data differs');
  for (const field of ['event', 'content_type', 'content_encoding'] as const) strictEqual(found[field], expected[field], `${field} differs`);
  // What is rounded down to whole seconds ends too early.
  ok(Math.abs(found.expires - expected.expires) < 0.001, `expires is ${found.expires}, not ${expected.expires}`);
}
