import { isThenable, NksipError, PendingCalls, reasonOf, whenReady, type MaybePromise, type PluginService } from '@nksip-ts/core';
import type { Aor } from '@nksip-ts/sip';
import { observed, storeOperation } from './diagnostics.js';
import './errors.js';
import { isLive } from './moments.js';
import { ofCount, ofDel, ofDelAll, ofGet, ofList, ofListNow, ofPut, ofPutOver, ofReplace, readResult, type ResultRule } from './results.js';
import type { Publication, RegPublish, StoreCallback, StoredPublish, StoreFinding, StoreOp, StoreRiders } from './contract.js';
import { isWrongResult, STORE_CALLBACK, wrongResult } from './wrong-result.js';

type Host = Pick<PluginService, 'id' | 'call' | 'firstInChain' | 'log'>;

/** What a service can know of the store behind its callback. */
export interface StoreTraits {
  /** Who has a store, in the order of asking; the built-in one is the last. */
  readonly owners: readonly string[];
  /** Whether it honours previous_tag, where that is known. */
  readonly replaces: boolean | undefined;
  /** Whether `get` returns versions and it honours previous_version, where that is known. */
  readonly versions: boolean | undefined;
  readonly counts: boolean;
  readonly lists: boolean;
}

/** What has expired is stored still during its grace. */
export type Which = 'live' | 'stored';

type Count = NonNullable<StoreRiders['count']>;
type List = NonNullable<StoreRiders['list']>;
type ListNow = NonNullable<StoreRiders['listNow']>;

/** The store at the end of the chain: all of its results at once, and none of them wrong. */
export interface BuiltInStore {
  put(srvId: string, aor: Aor, tag: string, record: RegPublish, ttl: number): void;
  del(srvId: string, aor: Aor, tag: string): boolean;
  count(srvId: string, aor?: Aor): number;
  /** What it has; `data` is a view that is good until something is stored or removed. */
  peek(srvId: string, aor: Aor, tag: string): StoredPublish | undefined;
}

/**
 * The store of a service, asked through the chain of its callback. Synchronous where the chain is. What goes wrong is thrown:
 * `callback_error` for a result that the operation cannot have, `timeout`, `store_unavailable`, or what the chain threw.
 */
export class CallbackStore {
  readonly #service: Host;
  readonly #builtIn: BuiltInStore;
  readonly #builtInCount: Count;
  #first: unknown;
  #ridersOfFirst: StoreRiders = {};
  #stopped: NksipError | undefined;
  readonly #pending: PendingCalls;

  /**
   * `timeout` in seconds. `builtIn`: the store at the end of the chain, to which those before may continue, and its callback there. `unknown`: nobody knows whether
   * a change of this address, or of any, was carried out.
   */
  constructor(service: Host, timeout: () => number, builtIn: BuiltInStore, private readonly builtInCallback: StoreCallback, private readonly unknown: (aor: Aor | undefined) => void = () => undefined) {
    this.#service = service;
    this.#pending = new PendingCalls(timeout, (op, milliseconds) => {
      service.log.warn({ op, milliseconds: Math.round(milliseconds) }, 'The store returned too late: its result is ignored');
    });
    this.#builtIn = builtIn;
    this.#builtInCount = (srvId, aor) => builtIn.count(srvId, aor);
  }

  /** A record that has expired, and whose grace (seconds) is over as well, is none, even if the store still has it. */
  get(aor: Aor, tag: string, grace = 0): MaybePromise<StoredPublish | undefined> {
    const result = this.#ask({ type: 'get', aor, tag }, ofGet);
    return isThenable(result) ? liveLater(result, grace) : live(result, grace);
  }

  /** Whether the built-in store is asked first, and nobody watches: then it is asked itself. The way through the chain takes 160 bytes for each operation. */
  get isDirect(): boolean {
    return this.#stopped === undefined && this.#service.firstInChain(STORE_CALLBACK) === this.builtInCallback && !storeOperation.hasSubscribers;
  }

  /** As `get`, where the store `isDirect`; `data` is good until something is stored or removed. */
  peek(aor: Aor, tag: string, grace: number): StoredPublish | undefined {
    return live(this.#builtIn.peek(this.#service.id, aor, tag) ?? 'not_found', grace);
  }

  put(aor: Aor, tag: string, record: RegPublish, ttl: number): MaybePromise<'ok'> {
    if (!this.isDirect) return this.#ask({ type: 'put', aor, tag, record, ttl }, ofPut);
    this.#builtIn.put(this.#service.id, aor, tag, record, ttl);
    return 'ok';
  }

  /** 'not_found' if what is there has another version, or nothing is there: then nothing is written. */
  putOver(aor: Aor, tag: string, record: RegPublish, ttl: number, previousVersion: string): MaybePromise<'ok' | 'not_found'> {
    return this.#ask({ type: 'put', aor, tag, record, ttl, previous_version: previousVersion }, ofPutOver);
  }

  /** Whether `previousTag` was there, in its version if one is given, and `tag` has taken its place; else nothing is left of `tag`. */
  replace(aor: Aor, previousTag: string, tag: string, record: RegPublish, ttl: number, previousVersion?: string): MaybePromise<boolean> {
    const result = this.#ask(previousVersion === undefined
      ? { type: 'put', aor, tag, record, ttl, previous_tag: previousTag }
      : { type: 'put', aor, tag, record, ttl, previous_tag: previousTag, previous_version: previousVersion }, ofReplace);
    if (result === 'replaced') return true; // at once, as RAM does
    return whenReady(result, (said) => said === 'ok' ? this.#claim(aor, previousTag, tag, previousVersion) : said === 'replaced');
  }

  del(aor: Aor, tag: string, previousVersion?: string): MaybePromise<'ok' | 'not_found'> {
    if (this.isDirect) return this.#builtIn.del(this.#service.id, aor, tag) ? 'ok' : 'not_found';
    return this.#ask(previousVersion === undefined ? { type: 'del', aor, tag } : { type: 'del', aor, tag, previous_version: previousVersion }, ofDel);
  }

  delAll(): MaybePromise<'ok'> {
    return this.#ask({ type: 'del_all' }, ofDelAll);
  }

  /** What is live, or all that is stored. Throws `list_not_supported` if the store that is asked first has no list of its own. */
  list(aor: Aor | undefined, which: Which): AsyncIterable<Publication> {
    const { list } = this.#riders;
    if (list === undefined) throw new NksipError('list_not_supported', { service: this.#service.id });
    return this.#listed(list, aor, which);
  }

  /** What is live of an address, if the store that is asked first has it at hand. */
  listNow(aor: Aor): readonly Publication[] | undefined {
    const { listNow } = this.#riders;
    if (listNow === undefined) return undefined;
    const listed = this.#askNow(listNow, aor);
    if (listed === undefined) return undefined;
    const now = Date.now();
    return readResult(ofListNow, listed).map((one) => readResult(ofList, one)).filter(({ record }) => isLive(record, now));
  }

  #askNow(listNow: ListNow, aor: Aor): unknown {
    try {
      const listed: unknown = listNow(this.#service.id, aor);
      // A rejection that nobody takes would end the process.
      if (isThenable(listed)) listed.then(undefined, () => undefined);
      return listed;
    } catch (error) {
      throw this.#riderFault('listNow', error);
    }
  }

  /** What `read` makes of all that is stored of an address; undefined if the store that is asked first cannot list. */
  readAll<T>(aor: Aor, read: (stored: AsyncIterable<Publication>) => Promise<T>): MaybePromise<T> | undefined {
    const { list } = this.#riders;
    return list === undefined ? undefined : this.#within('list', read(this.#listed(list, aor, 'stored')));
  }

  /** Of this service, or of all that are in its store; undefined if the store that is asked first cannot tell. */
  audit(which: 'own' | 'all'): AsyncIterable<StoreFinding> | undefined {
    const { audit } = this.#riders;
    return audit === undefined ? undefined : this.#asRider('audit', () => audit(which === 'all' ? undefined : this.#service.id));
  }

  /** Publications that are stored of one address of record, as far as that can be told, else 0; `enough` is where counting may stop. */
  countOf(aor: Aor, enough: number): MaybePromise<number> {
    const { count } = this.#riders;
    return (count === undefined ? this.#countListed(aor, enough) : undefined) ?? this.#count(count, aor);
  }

  /** Apart, as others are, so that a store that counts takes no closure. */
  #countListed(aor: Aor, enough: number): MaybePromise<number> | undefined {
    return this.readAll(aor, (stored) => counted(stored, enough));
  }

  /** Publications that are stored of the service, as far as that can be told without listing them, else 0. */
  countAll(): MaybePromise<number> {
    return this.#count(this.#riders.count);
  }

  /** Another process that has the store open which is asked first, where that can be told. */
  usedBy(): string | undefined {
    return this.#riders.usedBy?.();
  }

  /** The same for whoever asks; 'unknown' where it cannot be told, as of a function that keeps what it is given. */
  tellCount(): MaybePromise<number | 'unknown'> {
    const { count } = this.#riders;
    return count === undefined ? 'unknown' : this.#counted(count, undefined, readKnownCount);
  }

  /** What the store that is asked first can do. */
  get traits(): Omit<StoreTraits, 'owners'> {
    const { replaces, versions, count, list } = this.#riders;
    return { replaces, versions, counts: count !== undefined, lists: list !== undefined };
  }

  /** Whether the store that is asked first honours previous_version, where that is known. */
  get versions(): boolean | undefined {
    return this.#riders.versions;
  }

  /** Ends what still waits for the store, with `stopped`, and asks it no more. */
  close(): void {
    this.#stopped = new NksipError('store_unavailable', { reason: 'the service stops' });
    this.#pending.close(this.#stopped);
  }

  /** What is thrown since the store is closed: nobody's fault. */
  get stopped(): NksipError | undefined {
    return this.#stopped;
  }

  /** Abilities of the store that is asked first; looked at again only when that is another one. */
  get #riders(): StoreRiders {
    if (this.#stopped !== undefined) throw this.#stopped;
    const first = this.#service.firstInChain(STORE_CALLBACK);
    if (first !== this.#first) {
      this.#first = first;
      this.#ridersOfFirst = ridersOf(first);
    }
    return this.#ridersOfFirst;
  }

  /**
   * A simple store has written the new tag and still has the old one. Of several processes that hold the old tag one deletes it,
   * and that is who has won it. A crash before leaves both until they expire: never less than was stored. A repeat that
   * two processes carry out at the same time is a rival of itself here, which only an atomic store can tell apart.
   */
  #claim(aor: Aor, previousTag: string, tag: string, previousVersion: string | undefined): MaybePromise<boolean> {
    return whenReady(this.del(aor, previousTag, previousVersion), (deleted) => deleted === 'ok' || whenReady(this.del(aor, tag), () => false));
  }

  #count(count: Count = this.#builtInCount, aor?: Aor): MaybePromise<number> {
    return this.#counted(count, aor, readCount);
  }

  #counted<T>(count: Count, aor: Aor | undefined, read: (result: unknown) => T): MaybePromise<T> {
    let result: MaybePromise<unknown>;
    try {
      result = count(this.#service.id, aor);
    } catch (error) {
      throw this.#riderFault('count', error);
    }
    // At once, as RAM does: nothing is to be waited for.
    return typeof result === 'number' ? read(result) : this.#countedLater(result, read);
  }

  #countedLater<T>(result: MaybePromise<unknown>, read: (result: unknown) => T): MaybePromise<T> {
    return this.#within('count', whenReady(result, read, (error) => { throw this.#riderFault('count', error); }));
  }

  /** One generator, since each takes several promises for each publication. */
  async *#listed(list: List, aor: Aor | undefined, which: Which): AsyncIterable<Publication> {
    try {
      for await (const one of list(this.#service.id, aor)) {
        const publication = readResult(ofList, one);
        if (which === 'stored' || isLive(publication.record, Date.now())) yield publication;
      }
    } catch (error) {
      throw error instanceof NksipError && error.code === 'callback_error' ? error : this.#riderFault('list', error);
    }
  }

  async *#asRider<T>(method: string, ask: () => AsyncIterable<T>): AsyncIterable<T> {
    try {
      yield* ask();
    } catch (error) {
      throw this.#riderFault(method, error);
    }
  }

  /** A method that is attached to the callback is not in its chain, which would tell whose it is. */
  #riderFault(method: string, error: unknown): NksipError {
    return new NksipError('callback_failed', { callback: STORE_CALLBACK, reason: `'${method}' of the store of '${this.#service.id}': ${reasonOf(error)}` }, { cause: error });
  }

  #ask<T>(op: StoreOp, rule: ResultRule<T>): MaybePromise<T> {
    if (this.#stopped !== undefined) throw this.#stopped;
    return storeOperation.hasSubscribers ? this.#observed(op, rule) : this.#call(op, rule);
  }

  /** Apart, so that a closure is made only where somebody listens. */
  #observed<T>(op: StoreOp, rule: ResultRule<T>): MaybePromise<T> {
    return observed(this.#service.id, op, () => this.#call(op, rule));
  }

  #call<T>(op: StoreOp, rule: ResultRule<T>): MaybePromise<T> {
    let result: MaybePromise<T>;
    try {
      result = this.#service.call(STORE_CALLBACK, [op, this.#service.id], rule.end);
    } catch (error) {
      if (op.type !== 'get') this.unknown(aorIn(op));
      throw named(error);
    }
    const waited = this.#within(op.type, result);
    if (op.type !== 'get' && isThenable(result) && isThenable(waited)) this.#watchOver(aorIn(op), result, waited);
    return waited;
  }

  /** A change that fails may have been carried out; one that takes too long may still be. */
  #watchOver(aor: Aor | undefined, result: Promise<unknown>, waited: Promise<unknown>): void {
    let isOver = false;
    const over = (): void => { isOver = true; };
    result.then(over, over);
    const tell = (): void => { if (this.#stopped === undefined) this.unknown(aor); };
    waited.then(undefined, () => {
      tell();
      if (!isOver) result.then(tell, tell);
    });
  }

  /** What is not there at once has its time. */
  #within<T>(what: string, value: MaybePromise<T>): MaybePromise<T> {
    return isThenable(value) ? this.#pending.wait(what, Promise.resolve(value).catch((error: unknown) => { throw named(error); })) : value;
  }
}

/** Undefined: all are meant. */
function aorIn(op: StoreOp): Aor | undefined {
  return op.type === 'del_all' ? undefined : op.aor;
}

function live(result: StoredPublish | 'not_found', grace: number): StoredPublish | undefined {
  return result === 'not_found' || !isLive(result, Date.now(), grace) ? undefined : result;
}

/** Apart, so that a store that returns at once takes no closure. */
async function liveLater(result: Promise<StoredPublish | 'not_found'>, grace: number): Promise<StoredPublish | undefined> {
  return live(await result, grace);
}

/** What `storeCallback` says of a result of its store, with the name of whose it is, which the chain knows. */
function named(error: unknown): unknown {
  if (!(error instanceof NksipError) || error.code !== 'callback_failed' || !isWrongResult(error.cause)) return error;
  const { returned: result, reason } = error.cause.details;
  const { plugin } = error.details;
  return wrongResult(result, String(reason), typeof plugin === 'string' ? plugin : undefined);
}

/** What `storeCallback` put beside the function. */
function ridersOf(first: unknown): StoreRiders {
  const { list, listNow, count, audit, usedBy, replaces, versions } = typeof first === 'function' ? first as StoreRiders : {};
  return {
    ...(typeof list === 'function' && { list }), ...(typeof listNow === 'function' && { listNow }), ...(typeof count === 'function' && { count }),
    ...(typeof audit === 'function' && { audit }), ...(typeof usedBy === 'function' && { usedBy }),
    ...(typeof replaces === 'boolean' && { replaces }), ...(typeof versions === 'boolean' && { versions }),
  };
}

function readCount(result: unknown): number {
  return readResult(ofCount, result);
}

function readKnownCount(result: unknown): number | 'unknown' {
  return result === 'unknown' ? result : readCount(result);
}

async function counted(publications: AsyncIterable<Publication>, enough: number): Promise<number> {
  let count = 0;
  for await (const _ of publications) if (++count >= enough) break;
  return count;
}
