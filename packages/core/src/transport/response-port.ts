import type { Via } from '@nksip-ts/sip';
import { sameAddress } from './address.js';
import { isWebSocket, transportFacts } from './transport-facts.js';
import type { Source } from './transport.js';

type Hop = Pick<Via, 'port' | 'rport' | 'maddr'>;
type Sender = Pick<Source, 'transport' | 'address' | 'port'>;

/**
 * The port to which the response to a request goes (RFC 3261 18.2.2, RFC 3581 4). On a stream this counts only when its connection is gone. The
 * client of a WebSocket is where its connection comes from, whatever it writes: sent-by is made up there (RFC 7118 5.2).
 * The address is where the request really came from, whatever `received` a forged Via may claim. RFC 3261 18.2.2 would have responses
 * go to `maddr` wherever that is, so that anybody could have them sent to somebody else: here it counts only where it is the source.
 */
export function responsePort(via: Hop, source: Sender): number {
  if (isWebSocket(source.transport)) return source.port;
  const port = via.port ?? transportFacts[source.transport].port;
  if (transportFacts[source.transport].isReliable) return port;
  // RFC 3581 4: rport is for a Via without maddr.
  const isPortAsked = via.rport !== undefined && (via.maddr === undefined || !sameAddress(via.maddr, source.address));
  return isPortAsked ? source.port : port;
}
