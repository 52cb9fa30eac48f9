import { randomBytes } from 'node:crypto';
import { KnownChallenges } from '../digest/known-challenges.js';
import { reasonOf } from '../errors.js';
import type { Logger } from '../log/log.js';
import type { ServiceConfig } from '../option/core-options.js';
import type { Trace } from '../trace.js';
import { ClientTable } from '../transaction/client-table.js';
import { openedTransports, transportFacts } from '../transport/transport-facts.js';
import { keyFor } from './derived-key.js';
import { resolveTarget } from '../transport/resolve.js';
import { systemResolver } from '../transport/resolver.js';
import type { Flow, FlowUse, Target } from '../transport/transport.js';
import type { Transports } from '../transport/transports.js';
import { localEndMaker } from '../uac/local-end.js';
import type { UacHost } from '../uac/uac-host.js';

/** What a service sends requests with. */
export class ClientSide {
  readonly table: ClientTable;
  readonly #challenges = new KnownChallenges();
  readonly #nextCseq = cseqNumbers();
  readonly #resolver = systemResolver();
  readonly #randomHex = hexOfRandomBytes();
  readonly #instance: string;

  constructor(private readonly id: string, private readonly log: Logger, private readonly trace: Trace, config: ServiceConfig) {
    this.table = new ClientTable(config.sip_max_calls);
    this.#instance = instanceUrn(keyFor(`instance of ${id}`, config.sip_secret));
  }

  /** What one request is sent with: under this configuration, over these transports. */
  host(config: ServiceConfig, transports: Transports): UacHost {
    return {
      id: this.id, instance: this.#instance,
      identity: { from: config.sip_from, route: config.sip_route ?? [] },
      localEnd: localEndMaker({ localHost: configuredHost(config.sip_local_host), localHost6: configuredHost(config.sip_local_host6) }),
      timers: { t1: config.sip_timer_t1, t2: config.sip_timer_t2 },
      udpMaxSize: config.sip_udp_max_size,
      clients: this.table,
      log: this.log,
      passwords: config.sip_pass, challenges: this.#challenges,
      resolve: (uri, over) => resolveTarget(uri, { transports: over === 'any' ? openedTransports : openedTransports.filter((name) => transportFacts[name].isReliable), resolver: this.#resolver, random: Math.random }),
      open: async (target, use) => this.trace.watch(await this.#reach(transports, target, use), target),
      nextCseq: this.#nextCseq,
      randomHex: this.#randomHex,
    };
  }

  /** Whoever sends tries the next target, or UDP instead of a stream: why is a line at debug. */
  async #reach(transports: Transports, target: Target, use?: FlowUse): Promise<Flow> {
    try {
      return await transports.open(target, use);
    } catch (error) {
      this.log.debug({ err: error }, `a request of ours cannot go this way: ${reasonOf(error)}`);
      throw error;
    }
  }
}

/** Rising numbers below 2^31 (RFC 3261 8.1.1.5), so that requests of one Call-ID stay in order; they start at the time of day for a restart. */
export function cseqNumbers(): () => number {
  let last = Math.floor(Date.now() / 1000) % 2 ** 30;
  return () => (last = (last + 1) % 2 ** 31);
}

/** A UUID of 122 bits of these hex digits, of the version that says nothing of them (RFC 9562 5.8). */
function instanceUrn(hex: string): string {
  return `urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** What is to stand in Via; undefined: the address of the socket, which is what `auto` means. */
function configuredHost(option: string): string | undefined {
  return option === 'auto' ? undefined : option;
}

/** Bytes that are drawn at a time: for themselves, the 12 of a branch would cost each request 5 microseconds. */
const drawn = 4096;

/** So many random bytes, in hex; none is given twice. */
function hexOfRandomBytes(): (bytes: number) => string {
  let pool = Buffer.alloc(0);
  let at = 0;
  return (bytes) => {
    if (at + bytes > pool.length) {
      pool = randomBytes(Math.max(drawn, bytes));
      at = 0;
    }
    at += bytes;
    return pool.toString('hex', at - bytes, at);
  };
}
