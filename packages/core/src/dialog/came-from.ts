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
  /** Who sent it is known by a password or trusted, so that Contact and Route may lead to any address. */
  readonly isTrusted: boolean;
  /** Nobody can claim this address who is not there. */
  isProved: boolean;
  /** Another address, of Contact or Route, from which a request of ours was answered; '': none. */
  answeredAt: string;
  /** Bytes that may still be sent to an address that is not proved. */
  room: number;
  /** TCP was refused to a request that was too large for UDP. */
  refusesTcp: boolean;
}

/** `room`: bytes that may be sent to an address that is not proved. */
export function cameFrom(request: Message, { transport, address, port, localAddress, localPort }: Source, isTrusted: boolean, room: number): CameFrom {
  return {
    transport, address, port, localAddress, localPort, isTrusted, isProved: isTrusted, answeredAt: '', room,
    isStraight: request.count(Header.Via) === 1 && request.viaRest === '',
    asksPort: request.topVia?.rport !== undefined,
    refusesTcp: false,
  };
}

/** Whether a request has the source that `way` had; over UDP nobody is asked to prove it. */
export function isFrom(way: CameFrom, { transport, address, port }: Source): boolean {
  return way.transport === transport && way.address === address && way.port === port;
}

/** What was proved of an address stays proved while requests come from there. */
export function goesOn(before: CameFrom | undefined, now: CameFrom): CameFrom {
  if (before === undefined || !leadsThere(before, now)) return now;
  return { ...now, isProved: now.isProved || before.isProved, answeredAt: before.answeredAt, refusesTcp: before.refusesTcp };
}

/** Whether it is proved that somebody at this address wants what is sent there: that the source answers proves nothing of where Contact and Route lead. */
export function isProvedAt(way: CameFrom, address: string): boolean {
  return way.isProved && (way.isTrusted || address === way.address || address === way.answeredAt);
}

/**
 * Somebody has answered what went to `address` while a request of the peer had come as `there` says: that proves the same of the way as it is `now` only
 * if it comes from the same source.
 */
export function prove(address: string, there: CameFrom, now: CameFrom | undefined): void {
  for (const way of now !== undefined && now !== there && leadsThere(there, now) ? [there, now] : [there]) {
    if (address === way.address) way.isProved = true;
    else way.answeredAt = address;
  }
}

function leadsThere(one: CameFrom, other: CameFrom): boolean {
  return one.transport === other.transport && one.address === other.address;
}
