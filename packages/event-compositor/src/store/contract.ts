import { NksipError, whenReady, type Callback, type MaybePromise } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import './errors.js';
import { wrongResult } from './wrong-result.js';

/** A stored publication. Plain data: survives structuredClone, and JSON with `data` in a text form of your choice. */
export interface RegPublish {
  /** The body as published, byte for byte. */
  readonly data: Uint8Array;
  /** The event package; an entity-tag is good for this one only. */
  readonly event: string;
  /** As published, with its parameters; absent where the publisher sent none. */
  readonly content_type?: string;
  readonly content_encoding?: string;
  /**
   * Who published this state, as one text: `alice@realm` for a user whose digest credentials held, else
   * `sip:alice@example.com 192.0.2.1`, the From URI without port and parameters and the source address. Set by an initial
   * publication and a modify, kept by a refresh. A record without it counts as a publisher of its own.
   */
  readonly publisher?: string;
  /** Seconds since 1970, with a fraction, of the last initial publication or modify; a refresh keeps it. A record without it counts as the oldest. */
  readonly since?: number;
  /** Seconds since 1970, with a fraction, at which it expires. */
  readonly expires: number;
}

/** A record as `get` returns it. */
export interface StoredPublish extends RegPublish {
  /**
   * Says which write made it: another text after each write under this key, also after a removal. Only the store reads it. It is no
   * part of the record: the compositor sends it back as previous_version and never stores it.
   */
  readonly version?: string;
}

/** What a body is. */
export interface Kind {
  readonly event: string;
  readonly content_type?: string | undefined;
  readonly content_encoding?: string | undefined;
}

/** Times in seconds since 1970. The usual shape is written out: a spread costs more than deciding the whole request. */
export function recordWith(data: Uint8Array, { event, content_type, content_encoding }: Kind, publisher: string | undefined, since: number | undefined, expires: number): RegPublish {
  if (content_type !== undefined && content_encoding === undefined && publisher !== undefined && since !== undefined) {
    return { data, event, content_type, publisher, since, expires };
  }
  return {
    data, event, ...(content_type !== undefined && { content_type }), ...(content_encoding !== undefined && { content_encoding }),
    ...(publisher !== undefined && { publisher }), ...(since !== undefined && { since }), expires,
  };
}

/** The record alone, of one that has a version too. */
export function withoutVersion(stored: StoredPublish): RegPublish {
  return recordWith(stored.data, stored, stored.publisher, stored.since, stored.expires);
}

/** What the compositor asks of the store of a service. Keys are the service's name, the address of record and the tag. */
export type StoreOp =
  | { readonly type: 'get'; readonly aor: Aor; readonly tag: string }
  | {
      readonly type: 'put'; readonly aor: Aor; readonly tag: string; readonly record: RegPublish;
      /** Seconds, 1 to 4294967295, after which the store must have deleted the record: what was granted and the grace, so that `expires` may come sooner. */
      readonly ttl: number;
      /**
       * The tag that this put replaces. A store that can put `tag` and delete `previous_tag` in one step does so and returns
       * 'replaced', or 'not_found' with nothing written. A simple store ignores it, writes and returns 'ok'.
       */
      readonly previous_tag?: string;
      /**
       * Given only where `get` returned a version: that of `tag`, or, beside previous_tag, that of previous_tag. In one step: write
       * only if what is there still has this version; else return 'not_found' with nothing written.
       */
      readonly previous_version?: string;
    }
  | {
      readonly type: 'del'; readonly aor: Aor; readonly tag: string;
      /** Given only where `get` returned a version. In one step: delete only what still has this version; else return 'not_found'. */
      readonly previous_version?: string;
    }
  | { readonly type: 'del_all' };

/**
 * get: a record, with its version if the store has versions, or 'not_found'. put: 'ok'; only where previous_tag was given and
 * honoured 'replaced' or 'not_found'; only where previous_version was given 'ok' or 'not_found'. del: 'ok' or 'not_found'.
 * del_all: 'ok'.
 */
export type StoreReply = StoredPublish | 'ok' | 'replaced' | 'not_found';

/**
 * The callback `sip_event_compositor_store`. To say that the store cannot work now it throws
 * `new NksipError('store_unavailable', { retry_after })` (seconds): the request is answered 503. Anything else thrown is a 500.
 */
export type StoreCallback = Callback<[op: StoreOp, srvId: string], StoreReply>;

/** A publication with its keys. */
export interface Publication {
  readonly aor: Aor;
  readonly tag: string;
  readonly record: RegPublish;
}

/** What `audit` comes upon: a publication, or what is wrong, in a sentence without its full stop. */
export type StoreFinding =
  | { readonly type: 'live' | 'over'; readonly srvId: string; readonly publication: Publication }
  | { readonly type: 'fault'; readonly sentence: string; /** How many publications are lost by it. */ readonly lost: number };

/**
 * What the author of an adapter writes; `storeCallback` makes it the callback. All may be synchronous. The checks of
 * '@nksip-ts/event-compositor/store-checks' say what is expected, case by case.
 */
export interface EventStateStore {
  /**
   * Whether `get` returns a version, and `put` and `del` honour it: then `sip_event_compositor_etag: 'keep'` is safe for several
   * processes. Absent counts as false.
   */
  readonly versions?: boolean;
  /** Undefined once `ttl` has run out, even if nothing has deleted the record yet. With a version only where `put` and `del` honour it. */
  get(srvId: string, aor: Aor, tag: string): MaybePromise<StoredPublish | undefined>;
  /**
   * Replaces what is there; `ttl` in seconds counts from now, and 0 leaves nothing. Copies what it keeps of `record`: its `data` is a
   * view that holds the whole datagram. With `previousVersion`, in one step: true if what is there had this version and was
   * replaced, else false and nothing is written. Without it the result does not matter.
   */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- who has no versions returns nothing
  put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number, previousVersion?: string): MaybePromise<boolean | void>;
  /** Whether it was there, and, with `previousVersion`, had that version: else nothing is deleted. Of several at once exactly one returns true. */
  del(srvId: string, aor: Aor, tag: string, previousVersion?: string): MaybePromise<boolean>;
  delAll(srvId: string): MaybePromise<void>;
  /**
   * Atomic: put `tag` only if `previousTag` is there and, with `previousVersion`, has that version, and remove that one; false and nothing
   * written if it is not.
   */
  replace?(srvId: string, aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number, previousVersion?: string): MaybePromise<boolean>;
  /** Every live publication of one address of record, or of the service, in no particular order. */
  list?(srvId: string, aor?: Aor): AsyncIterable<Publication>;
  /** The same of one address, for a store that has all at hand; undefined: that takes too long to be done at once, and `list` is asked. */
  listNow?(srvId: string, aor: Aor): readonly Publication[] | undefined;
  /**
   * How many publications are live, of one address of record or of the service; for the caps. Cheaper than to list them. 'unknown'
   * where that is not so: the cap is not enforced then.
   */
  count?(srvId: string, aor?: Aor): MaybePromise<number | 'unknown'>;
  /**
   * All that is stored as it was at one moment, whatever is written meanwhile: of one service, or of all; also what has expired and is not
   * removed yet, and what is wrong with any of it. For `store export` and `store check`; without it they list.
   */
  audit?(srvId?: string): AsyncIterable<StoreFinding>;
  /** Another process that has the store open, such as 'The process 4711', where that can be told. For `store import`, which warns of it. */
  usedBy?(): string | undefined;
  /** Releases what the store holds open, at once or with a promise. Whoever made the store calls it. */
  close?(): MaybePromise<void>;
}

/** Abilities of a store that are no operations: `storeCallback` attaches them to the function that it returns. */
export interface StoreRiders {
  readonly list?: NonNullable<EventStateStore['list']>;
  readonly listNow?: NonNullable<EventStateStore['listNow']>;
  readonly count?: NonNullable<EventStateStore['count']>;
  readonly audit?: NonNullable<EventStateStore['audit']>;
  readonly usedBy?: NonNullable<EventStateStore['usedBy']>;
  /** Whether previous_tag is honoured; of a callback without it nobody knows. */
  readonly replaces?: boolean;
  /** Whether `get` returns a version and previous_version is honoured; of a callback without it nobody knows. */
  readonly versions?: boolean;
}

/**
 * The callback of a store, for a plugin's or a service's own `sip_event_compositor_store`. It never continues. Throws
 * `invalid_argument` for what is no store; the callback throws `callback_error` where a method returns what it must not.
 */
export function storeCallback(store: EventStateStore): StoreCallback & StoreRiders {
  checkStore(store);
  const callback: StoreCallback = (op, srvId) => {
    switch (op.type) {
      case 'get': return whenReady(store.get(srvId, op.aor, op.tag), recordOrNotFound);
      case 'put': return put(store, op, srvId);
      case 'del': return whenReady(store.del(srvId, op.aor, op.tag, op.previous_version), okOrNotFound);
      case 'del_all': return whenReady(store.delAll(srvId), ok);
      default: return unknownOp(op);
    }
  };
  return Object.assign(callback, {
    replaces: store.replace !== undefined, versions: store.versions === true,
    ...(store.list !== undefined && { list: store.list.bind(store) }),
    ...(store.listNow !== undefined && { listNow: store.listNow.bind(store) }),
    ...(store.count !== undefined && { count: store.count.bind(store) }),
    ...(store.audit !== undefined && { audit: store.audit.bind(store) }),
    ...(store.usedBy !== undefined && { usedBy: store.usedBy.bind(store) }),
  });
}

const needed = ['get', 'put', 'del', 'delAll'] as const;
const optional = ['replace', 'list', 'listNow', 'count', 'audit', 'usedBy', 'close'] as const;

/** For JavaScript, which finds out no sooner than at the first request that needs the method. */
function checkStore(given: unknown): void {
  const refuse = (reason: string): never => { throw new NksipError('invalid_argument', { argument: 'store', given, reason }); };
  if (typeof given !== 'object' || given === null) return refuse(`it must be an object with the functions ${needed.join(', ')}`);
  const store: Partial<Record<keyof EventStateStore, unknown>> = given;
  if (store.versions !== undefined && typeof store.versions !== 'boolean') return refuse('its versions must be true, false or absent');
  const wrong = [
    ...needed.filter((method) => typeof store[method] !== 'function'),
    ...optional.filter((method) => store[method] !== undefined && typeof store[method] !== 'function'),
  ];
  if (wrong.length > 0) refuse(`its ${wrong.join(', ')} must be ${wrong.length === 1 ? 'a function' : 'functions'}`);
}

function put(store: EventStateStore, op: Extract<StoreOp, { type: 'put' }>, srvId: string): MaybePromise<StoreReply> {
  if (op.previous_tag !== undefined && store.replace !== undefined) {
    return whenReady(store.replace(srvId, op.aor, op.previous_tag, op.tag, op.record, op.ttl, op.previous_version), replacedOrNotFound);
  }
  // A version beside previous_tag is not that of `tag`: whoever then deletes the previous one names it.
  if (op.previous_version === undefined || op.previous_tag !== undefined) return whenReady(store.put(srvId, op.aor, op.tag, op.record, op.ttl), ok);
  return whenReady(store.put(srvId, op.aor, op.tag, op.record, op.ttl, op.previous_version), writtenOrNotFound);
}

// Made once: the path of every request through a synchronous store allocates no function. Nothing counts as "no" but false,
// and nothing as "not there" but undefined: a method that forgets to return would have publications lost.
const ok = (): StoreReply => 'ok';

function recordOrNotFound(record: StoredPublish | undefined): StoreReply {
  if (record === undefined) return 'not_found';
  if (typeof record === 'object' && record !== null && !Array.isArray(record)) return record;
  throw wrongResult(record, "'get' of the store must return a record, or undefined where there is none");
}

function writtenOrNotFound(written: unknown): StoreReply {
  if (written === true) return 'ok';
  if (written === false) return 'not_found';
  throw wrongResult(written, "'put' of the store must return, where it is given previousVersion, true if it has written, else false");
}

function okOrNotFound(found: boolean): StoreReply {
  if (found === true) return 'ok';
  if (found === false) return 'not_found';
  throw wrongResult(found, "'del' of the store must return true if it was there, else false");
}

function replacedOrNotFound(found: boolean): StoreReply {
  if (found === true) return 'replaced';
  if (found === false) return 'not_found';
  throw wrongResult(found, "'replace' of the store must return true if it has replaced, else false");
}

/** Only JavaScript gets here. */
function unknownOp(op: never): never {
  const { type } = op as { type?: unknown };
  throw new NksipError('invalid_argument', { argument: 'op.type', given: type, reason: "it is one of 'get', 'put', 'del', 'del_all'" });
}
