import type { NaptrRecord, SrvRecord } from 'node:dns';
import { lookup, Resolver as DnsResolver } from 'node:dns/promises';
import { systemCode } from './system-error.js';

/** What RFC 3263 asks of the DNS. Each returns [] where there is nothing, and rejects where nobody answered. */
export interface Resolver {
  naptr(name: string): Promise<readonly NaptrRecord[]>;
  srv(name: string): Promise<readonly SrvRecord[]>;
  /** IPv4 and IPv6 addresses, in the order in which to try them. */
  addresses(name: string): Promise<readonly string[]>;
}

/** The name servers of this machine, and its own files (/etc/hosts) for names that those do not know. */
export function systemResolver(): Resolver {
  const dns = new DnsResolver({ timeout: 1500, tries: 2 });
  return {
    naptr: async (name) => (isLocal(name) ? [] : orNone(dns.resolveNaptr(name))),
    srv: async (name) => (isLocal(name) ? [] : orNone(dns.resolveSrv(name))),
    addresses: async (name) => {
      const known = isLocal(name) ? [] : await answersOf(dns, name);
      return known.length > 0 ? known : fromSystem(name);
    },
  };
}

/** A name of one label means something on this machine only; `_sip._udp.localhost` has one label of its own. */
function isLocal(name: string): boolean {
  return !name.replace(/^_sips?\._(udp|tcp)\./, '').replace(/\.$/, '').includes('.');
}

async function answersOf(dns: DnsResolver, name: string): Promise<readonly string[]> {
  const answers = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
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
