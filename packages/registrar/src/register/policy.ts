import { parseAor } from '@nksip-ts/sip';
import type { RegistrarConfig } from '../options.js';

/** What RFC 3261 10.3 leaves to the registrar, from the options of a service. Times in seconds. */
export interface Policy {
  readonly defaultTime: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly maxContacts: number;
  /** Domains whose addresses can be registered, in the normalized form of an address of record; undefined: all. */
  readonly domains: ReadonlySet<string> | undefined;
}

export function policyOf(config: RegistrarConfig): Policy {
  return {
    defaultTime: config.sip_registrar_default_time,
    minTime: config.sip_registrar_min_time,
    maxTime: config.sip_registrar_max_time,
    maxContacts: config.sip_registrar_max_contacts,
    domains: config.sip_domains === undefined ? undefined : new Set(config.sip_domains.map((domain) => parseAor(`sip:${domain}`)?.domain ?? domain.toLowerCase())),
  };
}
