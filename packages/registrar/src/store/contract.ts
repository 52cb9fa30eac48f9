import { NksipError, whenReady, type Callback, type MaybePromise } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { wrongResult } from './wrong-result.js';

/** One contact of an address of record. Plain data: survives structuredClone and JSON. */
export interface RegContact {
  /** The URI that was registered, as it was written. */
  readonly contact: string;
  /** Seconds since 1970, with a fraction, at which it expires. */
  readonly expires: number;
  /** 0 to 1; absent if the client sent none. */
  readonly q?: number;
  /** Call-ID and CSeq of the REGISTER that changed it last. */
  readonly call_id: string;
  readonly cseq: number;
  /** `+sip.instance` without quotes: '<urn:uuid:f81d4fae-...>' (RFC 5626 4.1). */
  readonly instance?: string;
  /** RFC 5626 4.2: the number of the flow of this instance. */
  readonly reg_id?: number;
  /** RFC 3327: the Route of a request to the contact, in this order. */
  readonly path?: readonly string[];
  /** All other parameters of the Contact, by their names in lower case; '' for one without a value. */
  readonly params?: Readonly<Record<string, string>>;
  /** Where the REGISTER came from; absent if it came through a proxy. */
  readonly source?: { readonly transport: string; readonly address: string; readonly port: number };
}

/** The contacts of an address as `get` returns them. */
export interface StoredContacts {
  readonly contacts: readonly RegContact[];
  /**
   * Identifies the write that made them: a different text after each write under this address, even after a removal, and never ''. Only the
   * store interprets it: the registrar sends it back as previous_version.
   */
  readonly version?: string;
}

/** What the registrar asks of the store of a service. Keys are the service's name and the address of record. */
export type RegistrarStoreOp =
  | { readonly type: 'get'; readonly aor: Aor }
  | {
      readonly type: 'put'; readonly aor: Aor;
      /** All contacts of the address, at least one. */
      readonly contacts: readonly RegContact[];
      /** Seconds, 1 to 4294967295, after which the store must delete them: the last one has expired then. */
      readonly ttl: number;
      /**
       * In one step: write only if the stored contacts have this version, or, for '', if nothing is stored; else write nothing and return
       * 'not_found'. It is '' if `get` has returned 'not_found', and absent if `get` has returned no version. A store without versions ignores it.
       */
      readonly previous_version?: string;
    }
  | {
      readonly type: 'del'; readonly aor: Aor;
      /** Present only if `get` returned a version. In one step: delete only if the stored contacts have this version; else return 'not_found'. */
      readonly previous_version?: string;
    }
  | { readonly type: 'del_all' };

/**
 * get: the contacts, with their version if the store has versions, or 'not_found'. put: 'ok', or with previous_version, in a store with
 * versions, 'ok' or 'not_found'. del: 'ok' or 'not_found'. del_all: 'ok'.
 */
export type RegistrarStoreReply = StoredContacts | 'ok' | 'not_found';

/**
 * The callback `sip_registrar_store`. If the store is temporarily unavailable, it throws `new NksipError('store_unavailable', { retry_after })`
 * (seconds), and the request gets a 503. For any other error it gets a 500.
 */
export type RegistrarStoreCallback = Callback<[op: RegistrarStoreOp, srvId: string], RegistrarStoreReply>;

/**
 * A store as an object; `registrarStoreCallback` makes the callback from it. All methods may be synchronous. The checks of
 * '@nksip-ts/registrar/store-checks' say what is expected, case by case.
 */
export interface RegistrarStore {
  /** Whether `get` returns a version, and `put` and `del` honour it: then several processes may share the store. Absent counts as false. */
  readonly versions?: boolean;
  /** Undefined once `ttl` has passed, even if nothing has been deleted yet. Has a version only if `put` and `del` honour it. */
  get(srvId: string, aor: Aor): MaybePromise<StoredContacts | undefined>;
  /**
   * Replaces what is stored; `ttl`, in seconds, counts from now. With `previousVersion`, in one step: if the stored version is this one
   * ('': if nothing is stored), write and return true, else write nothing and return false. Without versions the result does not matter.
   */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- who has no versions returns nothing
  put(srvId: string, aor: Aor, contacts: readonly RegContact[], ttl: number, previousVersion?: string): MaybePromise<boolean | void>;
  /** Whether something was deleted. With `previousVersion`, deletes only that version. */
  del(srvId: string, aor: Aor, previousVersion?: string): MaybePromise<boolean>;
  delAll(srvId: string): MaybePromise<void>;
  /** All addresses of a service, in no particular order; for whoever looks at the service. */
  list?(srvId: string): AsyncIterable<Registered>;
  /** How many addresses a service has. Cheaper than to list them; else 'unknown', or absent. */
  count?(srvId: string): MaybePromise<number | 'unknown'>;
  /** Closes the store. The code that created the store calls it. */
  close?(): MaybePromise<void>;
}

/** One address of record, and what is registered for it. */
export interface Registered {
  readonly aor: Aor;
  readonly contacts: readonly RegContact[];
}

/** Abilities of a store that are no operations: `registrarStoreCallback` attaches them to the function that it returns. */
export interface RegistrarStoreRiders {
  readonly list?: NonNullable<RegistrarStore['list']>;
  readonly count?: NonNullable<RegistrarStore['count']>;
}

/**
 * Makes the callback of a store, for the `sip_registrar_store` of a plugin or a service. It never returns 'continue'. Throws `invalid_argument` if
 * it is not given a store; the callback throws `callback_error` if a method returns something invalid.
 */
export function registrarStoreCallback(store: RegistrarStore): RegistrarStoreCallback & RegistrarStoreRiders {
  checkStore(store);
  const written = store.versions === true ? writtenOrNotFound : ok;
  const callback: RegistrarStoreCallback = (op, srvId) => {
    switch (op.type) {
      case 'get': return whenReady(store.get(srvId, op.aor), contactsOrNotFound);
      case 'put': return whenReady(store.put(srvId, op.aor, op.contacts, op.ttl, op.previous_version), op.previous_version === undefined ? ok : written);
      case 'del': return whenReady(store.del(srvId, op.aor, op.previous_version), okOrNotFound);
      case 'del_all': return whenReady(store.delAll(srvId), ok);
      default: return unknownOp(op);
    }
  };
  return Object.assign(callback, { ...(store.list !== undefined && { list: store.list.bind(store) }), ...(store.count !== undefined && { count: store.count.bind(store) }) });
}

const needed = ['get', 'put', 'del', 'delAll'] as const;

/** For JavaScript, which would notice a missing method only at the first request that needs it. */
function checkStore(given: unknown): void {
  const refuse = (reason: string): never => { throw new NksipError('invalid_argument', { argument: 'store', given, reason }); };
  if (typeof given !== 'object' || given === null) return refuse(`it must be an object with the functions ${needed.join(', ')}`);
  const store: Partial<Record<keyof RegistrarStore, unknown>> = given;
  if (store.versions !== undefined && typeof store.versions !== 'boolean') return refuse('its versions must be true, false or absent');
  const wrong = needed.filter((method) => typeof store[method] !== 'function');
  if (wrong.length > 0) refuse(`its ${wrong.join(', ')} must be ${wrong.length === 1 ? 'a function' : 'functions'}`);
}

// Only false means "no", and only undefined means "not stored": otherwise a method that forgets to return would lose contacts.
const ok = (): RegistrarStoreReply => 'ok';

function contactsOrNotFound(found: StoredContacts | undefined): RegistrarStoreReply {
  if (found === undefined) return 'not_found';
  if (typeof found === 'object' && found !== null) return found;
  throw wrongResult(found, "'get' of the store must return { contacts }, or undefined where there are none");
}

function writtenOrNotFound(written: unknown): RegistrarStoreReply {
  if (written === true) return 'ok';
  if (written === false) return 'not_found';
  throw wrongResult(written, "'put' of a store with versions must return, where it is given previousVersion, true if it has written, else false");
}

function okOrNotFound(found: boolean): RegistrarStoreReply {
  if (found === true) return 'ok';
  if (found === false) return 'not_found';
  throw wrongResult(found, "'del' of the store must return true if something was there, else false");
}

/** Only JavaScript gets here. */
function unknownOp(op: never): never {
  const { type } = op as { type?: unknown };
  throw new NksipError('invalid_argument', { argument: 'op.type', given: type, reason: "it is one of 'get', 'put', 'del', 'del_all'" });
}
