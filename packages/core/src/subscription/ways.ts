import { isProvedAt, type CameFrom } from '../dialog/came-from.js';
import type { Dialog } from '../dialog/dialog.js';
import { contactPort, firstHop, uriHop, type Hop } from '../dialog/next-hop.js';
import { NksipError } from '../errors.js';
import { transportFacts } from '../transport/transport-facts.js';
import type { Flow, Target } from '../transport/transport.js';
import type { UacHost } from '../uac/uac-host.js';

/** Where something goes without anything being opened. */
export interface Back {
  readonly transport: Flow['transport'];
  readonly address: string;
  readonly port: number;
}

/** The connection that something came over, or the UDP socket that it came to; undefined: it is gone. */
export type FlowBack = (to: Back, local: Pick<CameFrom, 'localAddress' | 'localPort'>) => Flow | undefined;

/** A way, and the address to which it leads. */
export interface Opened {
  readonly flow: Flow;
  readonly address: string;
}

/** What ways are opened with. */
export interface WayParts {
  readonly host: UacHost;
  readonly back: FlowBack;
}

/** The way back; undefined: it is gone. */
export function flowBack({ back }: WayParts, { way }: Dialog, { address, port }: Extract<Hop, { readonly kind: 'back' }>): Flow | undefined {
  return way === undefined ? undefined : back({ transport: way.transport, address, port }, way);
}

/** RFC 3263: the first of the targets to which there is a way. Rejects where there is none. */
export async function open(parts: WayParts, { way }: Dialog, hop: Hop | undefined): Promise<Opened> {
  if (hop?.kind !== 'uri') throw new NksipError('transport_error', { transport: way?.transport, reason: 'the connection of the subscription is gone' });
  return await openFirst(parts, way, await parts.host.resolve(hop.uri, 'any'));
}

/** Over TCP, for what is too large for UDP. */
export async function openTcp(parts: WayParts, dialog: Dialog): Promise<Opened> {
  const hop = firstHop(dialog);
  if (hop?.kind === 'uri') return await openFirst(parts, dialog.way, await parts.host.resolve(hop.uri, 'streams'));
  if (hop === undefined) throw new Error('there is no way');
  const { address } = hop;
  // Where datagrams come from nobody need listen for connections: the Contact tells.
  const port = dialog.way?.isStraight === true ? contactPort(dialog) : hop.port;
  return { flow: await parts.host.open({ transport: 'tcp', address, port, host: address }), address };
}

async function openFirst(parts: WayParts, way: CameFrom | undefined, targets: readonly Target[]): Promise<Opened> {
  let reason: unknown;
  for (const target of targets) {
    try {
      return { flow: socketOf(parts, way, target) ?? await parts.host.open(target), address: target.address };
    } catch (error) {
      reason = error;
    }
  }
  throw reason;
}

/** What came over UDP is answered from the socket that it came to. */
function socketOf({ back }: WayParts, way: CameFrom | undefined, target: Target): Flow | undefined {
  return way !== undefined && !transportFacts[target.transport].isReliable && !transportFacts[way.transport].isReliable ? back(target, way) : undefined;
}

/** Nothing proves yet that somebody at this address wants what is sent there. */
export function isUnproved(way: CameFrom | undefined, flow: Flow, address: string): boolean {
  return way !== undefined && !transportFacts[flow.transport].isReliable && !isProvedAt(way, address);
}

/** Whether the URI to which a request of the dialog goes names a transport. */
export function namesTransport(dialog: Dialog): boolean {
  const hop = uriHop(dialog);
  return hop?.kind === 'uri' && hop.uri.params.has('transport');
}
