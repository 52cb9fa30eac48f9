import { Header, type Message } from '@nksip-ts/sip';
import type { Source, TransportName } from '../transport/transport.js';

/** How the peer's last request in a dialog came, and what may be sent back that way. Plain data: no socket is held. */
export interface CameFrom {
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  /** The listener that it came to, or our end of its connection. */
  readonly localAddress: string;
  readonly localPort: number;
  /** It had one Via: there is no proxy between. */
  readonly isStraight: boolean;
  /** Its Via had `rport`: requests of ours may go to the port that it came from (RFC 3581). */
  readonly asksPort: boolean;
  /** Nobody can claim this address who is not there. */
  isProved: boolean;
  /** Bytes that may still be sent to an address that is not proved. */
  room: number;
  /** TCP was refused to a request that was too large for UDP. */
  refusesTcp: boolean;
}

/** `room`: bytes that may be sent to where the request came from unless it is proved. */
export function cameFrom(request: Message, { transport, address, port, localAddress, localPort }: Source, isProved: boolean, room: number): CameFrom {
  return {
    transport, address, port, localAddress, localPort, isProved, room,
    isStraight: request.count(Header.Via) === 1 && request.viaRest === '',
    asksPort: request.topVia?.rport !== undefined,
    refusesTcp: false,
  };
}

/** What was proved of an address stays proved while requests come from there. */
export function goesOn(before: CameFrom | undefined, now: CameFrom): CameFrom {
  if (before === undefined || !leadsThere(before, now)) return now;
  return { ...now, isProved: now.isProved || before.isProved, refusesTcp: before.refusesTcp };
}

/** Somebody has answered what went `there`: that proves the way of the dialog as it is now only if it leads to the same address. */
export function prove(there: CameFrom | undefined, now: CameFrom | undefined): void {
  if (there === undefined || now === undefined) return;
  there.isProved = true;
  if (leadsThere(there, now)) now.isProved = true;
}

function leadsThere(one: CameFrom, other: CameFrom): boolean {
  return one.transport === other.transport && one.address === other.address;
}
