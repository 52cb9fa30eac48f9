import { AssertionError, deepStrictEqual, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { whenReady, type MaybePromise } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { faultOf } from '../store/results.js';
import type { RegContact, RegistrarStore, StoredContacts } from '../store/contract.js';

/** What checks cannot do to a database themselves. All are optional; a check that needs one that is absent is skipped. */
export interface StoreHooks {
  /**
   * Ends the store as a crash of its process would, so that nothing more is written, and returns a new store opened on the same
   * data. The old one is not called again: run the remaining checks on the new store.
   */
  reopen?(): MaybePromise<RegistrarStore>;
  /** Returns a second store on the same data, opened as a second process would. The check closes it. */
  openSecond?(): MaybePromise<RegistrarStore>;
  /** Cuts the store off from its database, existing connections included, until the promise that `body` returns has settled. */
  whileUnreachable?(body: () => Promise<void>): Promise<void>;
}

/** What a check is run with. */
export interface StoreUnderCheck extends StoreHooks {
  readonly store: RegistrarStore;
  /** Lets milliseconds pass: on a fake clock, or by really waiting for a store that has a clock of its own. */
  pass(milliseconds: number): Promise<unknown>;
}

/** An ability of the store, or a hook. */
export type Need = 'versions' | keyof StoreHooks;

/** One thing that is expected of a store, for any test runner. */
export interface StoreCheck {
  readonly id: string;
  /** What it proves, as a title. */
  readonly name: string;
  /** Skipped unless all of these are present. */
  readonly needs: readonly Need[];
  /** Rejects, with an AssertionError or what the store threw, if the store does not do as expected. */
  run(given: StoreUnderCheck): Promise<void>;
}

/** What a check works with: service names of its own, and addresses. */
export interface Scene {
  readonly store: RegistrarStore;
  readonly srv: string;
  readonly otherSrv: string;
  readonly aor: Aor;
  readonly otherAor: Aor;
  pass(milliseconds: number): Promise<unknown>;
  /** The stored URIs; an empty list if there are none. */
  contactsOf(aor?: Aor, srv?: string): Promise<readonly string[]>;
  /** The stored version. Fails if there is none. */
  versionOf(aor?: Aor): Promise<string>;
  /** The same scene after a crash, which ends this one. */
  reopened(): Promise<Scene>;
  /** The same scene in a second process. */
  second(): Promise<Scene>;
  whileUnreachable(body: () => Promise<void>): Promise<void>;
}

/** What must be removed when a check ends. */
interface Left {
  /** The store in use; after a crash the new one. */
  store: RegistrarStore;
  readonly services: readonly [string, string];
  readonly seconds: RegistrarStore[];
}

/** Makes a check from its body. What the body leaves behind is removed, even from a store that is used afterwards. */
export function check(id: string, name: string, body: (scene: Scene) => Promise<void>, ...needs: readonly Need[]): StoreCheck {
  const run = async (given: StoreUnderCheck): Promise<void> => {
    const left: Left = { store: given.store, services: [`check-${randomUUID()}`, `check-${randomUUID()}`], seconds: [] };
    try {
      await body(sceneOf(given.store, given, left));
    } finally {
      for (const second of left.seconds) await second.close?.();
      for (const service of left.services) await left.store.delAll(service);
    }
  };
  return { id, name, needs, run };
}

function sceneOf(plain: RegistrarStore, given: StoreUnderCheck, left: Left): Scene {
  const store = checked(plain);
  const [srv, otherSrv] = left.services;
  const aor = aorOf('alice');
  return {
    store, srv, otherSrv, aor, otherAor: aorOf('bob'),
    pass: (milliseconds) => given.pass(milliseconds),
    contactsOf: async (of = aor, at = srv) => (await store.get(at, of))?.contacts.map(({ contact }) => contact) ?? [],
    async versionOf(of = aor) {
      const version = (await store.get(srv, of))?.version;
      ok(version !== undefined, 'nothing is there, or it has no version');
      return version;
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
  };
}

function missing(): never {
  throw new Error('A check was run that skipReason would have skipped');
}

/** The store, wrapped so that a check fails with what a service would log if a method returns something invalid. */
function checked(store: RegistrarStore): RegistrarStore {
  const { versions } = store;
  return {
    ...(versions !== undefined && { versions }),
    get: (...args) => whenReady(store.get(...args), rightFound),
    put: (...args) => whenReady(store.put(...args), (result) => args[4] === undefined || versions !== true ? undefined : yesOrNo('put with previousVersion', result)),
    del: (...args) => whenReady(store.del(...args), (result) => yesOrNo('del', result)),
    delAll: (srvId) => store.delAll(srvId),
  };
}

function rightFound(found: StoredContacts | undefined): StoredContacts | undefined {
  const fault = found === undefined ? undefined : faultOf(found);
  if (fault !== undefined) throw new AssertionError({ message: fault });
  return found;
}

function yesOrNo(method: string, result: unknown): boolean {
  if (typeof result === 'boolean') return result;
  throw new AssertionError({ message: `${method} must return true or false` });
}

export function aorOf(user: string, domain = 'example.com', scheme = 'sip'): Aor {
  return { scheme, user, domain };
}

/** `ttl` in seconds. */
export function contactOf(uri: string, ttl = 600): RegContact {
  return { contact: uri, expires: Date.now() / 1000 + ttl, call_id: 'call-1@192.0.2.1', cseq: 1 };
}

/** Equal except for `expires`, which a store may round to the millisecond. */
export function sameContacts(found: StoredContacts | undefined, expected: readonly RegContact[]): void {
  ok(found !== undefined, 'nothing is there');
  deepStrictEqual(found.contacts.map(withoutTime), expected.map(withoutTime));
  for (const [index, { expires }] of expected.entries()) {
    const kept = found.contacts[index]?.expires ?? 0;
    // Rounding to whole seconds would make it end too early or too late. Two readings of a clock may differ by a little.
    ok(Math.abs(kept - expires) < 0.005, `expires is ${kept}, not ${expires}`);
  }
}

function withoutTime({ expires: _, ...contact }: RegContact): Omit<RegContact, 'expires'> {
  return contact;
}
