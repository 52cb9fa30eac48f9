import { addressOf, KeyedQueue, NksipError, Refused, replyToStoreFailure, whenReady, type MaybePromise, type PluginService, type QueueLimits, type SipReply, type SipRequest } from '@nksip-ts/core';
import { BLOCK } from '@nksip-ts/memory';
import { aorKey, parseAor, type Aor } from '@nksip-ts/sip';
import type { Registrar } from './api.js';
import type { RegistrationChange } from './events.js';
import type { RegistrarConfig } from './options.js';
import { RamStore } from './ram/store.js';
import { cameFrom } from './register/came-from.js';
import { isLive } from './register/decide.js';
import { noPlace } from './register/overload-replies.js';
import { policyOf, type Policy } from './register/policy.js';
import { RegisterProcessor } from './register/processor.js';
import { readRequest, type RegisterRequest } from './register/request.js';
import { CallbackStore } from './store/callback-store.js';
import { registrarStoreCallback, type RegContact, type Registered, type RegistrarStoreCallback } from './store/contract.js';
import { STORE_CALLBACK } from './store/wrong-result.js';

type Host = Pick<PluginService<RegistrarConfig>, 'id' | 'config' | 'events' | 'log' | 'fault' | 'memory' | 'call' | 'firstInChain'>;

/** REGISTER requests that may wait for one address, and for all of them. */
const limits: QueueLimits = { waiting: 100, underWay: 10_000 };

/** The registrar (RFC 3261 10) of one service. */
export class ServiceRegistrar implements Registrar {
  /** The store in RAM, the end of the chain of the store callback. */
  readonly builtInStore: RegistrarStoreCallback;
  readonly #ram = new RamStore();
  readonly #service: Host;
  readonly #store: CallbackStore;
  readonly #queue: KeyedQueue<RegisterRequest | Removal, SipReply>;
  readonly #processor: RegisterProcessor;
  readonly #endAccount: () => void;
  /** Made once, not for each request. */
  readonly #refused = (fault: unknown): SipReply => this.#failed(fault);
  #config: RegistrarConfig | undefined;
  #policy: Policy | undefined;

  constructor(service: Host) {
    this.#service = service;
    this.builtInStore = registrarStoreCallback(this.#ram);
    this.#endAccount = service.memory.watch('registrations', () => this.#ram.used(service.id));
    this.#store = new CallbackStore(service, () => service.config.sip_registrar_store_timeout);
    this.#processor = new RegisterProcessor({
      store: this.#store,
      policy: () => this.policy,
      hasRoom: (aor, contacts) => this.#hasRoom(aor, contacts),
      changed: (aor, contacts) => { this.#changed(aor, contacts, 'register'); },
      isLogged: () => service.log.isLevelEnabled('info'),
    });
    this.#queue = new KeyedQueue({
      keyOf: ({ aor }) => aorKey(aor),
      perform: (job) => job instanceof Removal ? this.#remove(job) : this.#process(job),
      limits: () => limits,
      refuse: (why) => noPlace[why],
    });
  }

  /** Made from the current configuration, and again only when that has changed. */
  get policy(): Policy {
    const { config } = this.#service;
    if (this.#policy === undefined || this.#config !== config) {
      this.#policy = policyOf(config);
      this.#config = config;
    }
    return this.#policy;
  }

  register(req: SipRequest): MaybePromise<SipReply> {
    const request = readRequest(req, this.policy);
    return request instanceof Refused ? request.reply : this.#queue.take(request);
  }

  async find(aor: string | Aor): Promise<readonly RegContact[]> {
    return await this.#contactsOf(addressOf(aor));
  }

  async remove(aor: string | Aor): Promise<'ok' | 'not_found'> {
    const removal = new Removal(addressOf(aor));
    await this.#queue.take(removal);
    if (removal.result === undefined) throw new NksipError('queue_full', { what: 'this address or service', limit: limits.waiting });
    return removal.result;
  }

  async clear(): Promise<'ok'> {
    const cleared = await this.#store.delAll();
    this.#service.events.emit('registrar:cleared', { service: this.#service.id, reason: 'clear' });
    return cleared;
  }

  list(): AsyncIterable<Registered> | undefined {
    const all = this.#store.list();
    return all === undefined ? undefined : liveOf(all);
  }

  async count(): Promise<number | 'unknown'> {
    return await this.#store.count();
  }

  isRegistered(req: SipRequest): MaybePromise<boolean> {
    // RFC 3261 10.3 step 3: each REGISTER must be authenticated.
    const aor = req.method === 'REGISTER' ? undefined : parseAor(req.message.from?.uri ?? '');
    return aor === undefined ? false : whenReady(this.#contactsOf(aor), (contacts) => cameFrom(req, contacts));
  }

  /** The same for `sip_authorize`: false if the store fails, so that a failure neither refuses a request nor gives rights. */
  isKnown(req: SipRequest): MaybePromise<boolean> {
    const unknown = (fault: unknown): boolean => {
      this.#failed(fault);
      return false;
    };
    try {
      return whenReady(this.isRegistered(req), (is) => is, unknown);
    } catch (fault) {
      return unknown(fault);
    }
  }

  close(): void {
    this.#store.close();
    this.#endAccount();
    this.#ram.close();
  }

  #contactsOf(aor: Aor): MaybePromise<readonly RegContact[]> {
    return whenReady(this.#store.get(aor), (found) => {
      const now = Date.now();
      return found === undefined ? [] : found.contacts.filter((contact) => isLive(contact, now));
    });
  }

  /** Only contacts in RAM count here. If there is plenty of memory, which is usual, nothing needs to be computed. */
  #hasRoom(aor: Aor, contacts: readonly RegContact[]): boolean {
    const { id, memory } = this.#service;
    if (memory.hasPlenty(BLOCK) || this.#service.firstInChain(STORE_CALLBACK) !== this.builtInStore) return true;
    const growth = this.#ram.growth(id, aor, contacts);
    return growth <= 0 || memory.hasRoom(growth, 'initial');
  }

  async #remove(removal: Removal): Promise<SipReply> {
    removal.result = await this.#store.del(removal.aor);
    if (removal.result === 'ok') this.#changed(removal.aor, [], 'remove');
    return 'ok';
  }

  /** What nobody hears is not made. */
  #changed(aor: Aor, contacts: readonly RegContact[], reason: RegistrationChange['reason']): void {
    const { id, events } = this.#service;
    if (events.listenerCount('registrar:changed') > 0) events.emit('registrar:changed', { service: id, aor, contacts, reason });
  }

  #process(request: RegisterRequest): MaybePromise<SipReply> {
    try {
      return whenReady(this.#processor.process(request), same, this.#refused);
    } catch (fault) {
      return this.#failed(fault);
    }
  }

  #failed(fault: unknown): SipReply {
    if (fault !== this.#store.stopped) this.#service.fault(fault, STORE_CALLBACK);
    return replyToStoreFailure(fault);
  }
}

/** A `remove`, which takes its turn among the requests for its address. */
class Removal {
  /** Undefined: it got no turn. */
  result: 'ok' | 'not_found' | undefined = undefined;

  constructor(readonly aor: Aor) {}
}

async function* liveOf(all: AsyncIterable<Registered>): AsyncIterable<Registered> {
  for await (const { aor, contacts } of all) {
    const now = Date.now();
    const live = contacts.filter((contact) => isLive(contact, now));
    if (live.length > 0) yield { aor, contacts: live };
  }
}

function same(reply: SipReply): SipReply {
  return reply;
}
