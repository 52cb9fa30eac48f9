import type { Via } from '@nksip-ts/sip';
import { sameAddress, withoutZone } from './address.js';
import type { Source } from './transport.js';

/**
 * The address that the topmost Via of a response must name as `received`: where sent-by is not the address that the request came from
 * (RFC 3261 18.2.1), and where rport is asked for (RFC 3581 4). Undefined: the Via stays as it is.
 */
export function receivedFor(via: Pick<Via, 'host' | 'rport'>, source: Pick<Source, 'address'>): string | undefined {
  return via.rport === undefined && sameAddress(via.host, source.address) ? undefined : withoutZone(source.address);
}
