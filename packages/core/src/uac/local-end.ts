import { familyOf, hostText, withoutBrackets } from '../transport/address.js';
import type { Flow } from '../transport/transport.js';
import type { LocalEnd } from './build.js';

/** The hosts that Via and Contact have over IPv4 and IPv6; undefined: the flow's own address. IPv6 with or without brackets. */
export interface LocalHosts {
  readonly localHost?: string | undefined;
  readonly localHost6?: string | undefined;
}

export type FlowEnd = Pick<Flow, 'transport' | 'localAddress' | 'localPort'>;

/** What Via and Contact say of our end of a way. */
export function localEndOf({ localHost, localHost6 }: LocalHosts, { transport, localAddress, localPort }: FlowEnd): LocalEnd {
  const host = (familyOf(localAddress) === 6 ? localHost6 : localHost) ?? localAddress;
  return { transport, host: hostText(withoutBrackets(host)), port: localPort };
}

/** The same, made anew only where it is another end than the last time: most often there is one. */
export function localEndMaker(hosts: LocalHosts): (flow: FlowEnd) => LocalEnd {
  let address = '';
  let last: LocalEnd | undefined;
  return (flow) => {
    if (last === undefined || last.port !== flow.localPort || address !== flow.localAddress || last.transport !== flow.transport) {
      last = localEndOf(hosts, flow);
      address = flow.localAddress;
    }
    return last;
  };
}
