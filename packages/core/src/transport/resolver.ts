import type { NaptrRecord, SrvRecord } from 'node:dns';
import { lookup, Resolver as DnsResolver } from 'node:dns/promises';
import { DnsCache, type DnsAnswer } from './dns-cache.js';
import { systemCode } from './system-error.js';

/** What RFC 3263 asks of the DNS. Each returns [] where there is nothing, and rejects where nobody answered. */
export interface Resolver {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** IPv4 and IPv6 addresses, in the order in which to try them. */
  addresses(name: string): Promise<readonly string[]>;
}

/** Seconds for which what Node.js gives no time to live of is kept. */
const keptFor = {
  /** SRV and NAPTR: whoever moves a service by them waits for a minute. */
  service: 60,
  /** That there is no such name or record: RFC 2308 5 has the zone decide, within minutes at most. */
  nothing: 10,
  /** The files of this machine. */
  local: 10,
} as const;

/** How it asks. */
export interface ResolverOptions {
  /** Name servers, as `address` or `address:port`; unset: those of this machine. */
  readonly servers?: readonly string[];
  /** Milliseconds. */
  readonly clock?: () => number;
}

/**
 * The name servers of this machine, and its own files (/etc/hosts) for names that those do not know. Answers are kept for their time to
 * live, 1,000 of each kind and 1 MiB of each at most.
 */
export function systemResolver({ servers, clock = () => performance.now() }: ResolverOptions = {}): Resolver {
  const dns = new DnsResolver({ timeout: 1500, tries: 2 });
  if (servers !== undefined) dns.setServers(servers);
  const services = new DnsCache<NaptrRecord>(clock);
  const hosts = new DnsCache<SrvRecord>(clock);
  const addresses = new DnsCache<string>(clock);
  const ask = (type: 'A' | 'AAAA' | 'hosts', name: string, question: () => Promise<DnsAnswer<string>>) => addresses.get(`${type} ${name.toLowerCase()}`, question);
  const fromDns = async (name: string): Promise<readonly string[]> => {
    const answers = await Promise.allSettled([
      ask('A', name, async () => withTtl(await orNone(dns.resolve4(name, { ttl: true })))),
      ask('AAAA', name, async () => withTtl(await orNone(dns.resolve6(name, { ttl: true })))),
    ]);
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  };
  return {
    naptr: async (name) => (isLocal(name) ? [] : services.get(name.toLowerCase(), async () => service(await orNone(dns.resolveNaptr(name))))),
    srv: async (name) => (isLocal(name) ? [] : hosts.get(name.toLowerCase(), async () => service(await orNone(dns.resolveSrv(name))))),
    addresses: async (name) => {
      const known = isLocal(name) ? [] : await fromDns(name);
      return known.length > 0 ? known : ask('hosts', name, async () => ({ records: await fromSystem(name), seconds: keptFor.local }));
    },
  };
}

/** A name of one label means something on this machine only; `_sip._udp.localhost` has one label of its own. */
function isLocal(name: string): boolean {
  return !name.replace(/^_sips?\._(udp|tcp)\./, '').replace(/\.$/, '').includes('.');
}

/** The shortest time to live counts: RFC 2181 5.2 has all records of a set have the same. */
function withTtl(records: readonly { readonly address: string; readonly ttl: number }[]): DnsAnswer<string> {
  const seconds = records.length === 0 ? keptFor.nothing : Math.min(...records.map(({ ttl }) => ttl));
  return { records: records.map(({ address }) => address), seconds };
}

function service<T>(records: readonly T[]): DnsAnswer<T> {
  return { records, seconds: records.length === 0 ? keptFor.nothing : keptFor.service };
}

async function fromSystem(name: string): Promise<readonly string[]> {
  const found = await orNone(lookup(name, { all: true }));
  return found.map(({ address }) => address);
}

async function orNone<T>(answers: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await answers;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
    throw error;
  }
}
