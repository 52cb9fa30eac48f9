import { hashOf, Recent } from '@nksip-ts/memory';
import { Header, type Message } from '@nksip-ts/sip';
import type { Source, TransportName } from '../transport/transport.js';

/** What is known of a way, each a bit. */
const STRAIGHT = 1, ASKS_PORT = 2, TRUSTED = 4, PROVED = 8, REFUSES_TCP = 16;

/** How the peer's last request in a dialog came, and what may be sent back that way. A value, without a socket: dialogs with one peer may share it. */
export class CameFrom {
  #proved: CameFrom | undefined = undefined;

  constructor(
    readonly transport: TransportName,
    readonly address: string,
    readonly port: number,
    /** The listener that it came to, or our end of its connection. */
    readonly localAddress: string,
    readonly localPort: number,
    private readonly bits: number,
    /** Another address, of Contact or Route, from which a request of ours was answered; '': none. */
    readonly answeredAt = '',
  ) {}

  /** It had one Via: there is no proxy between. */
  get isStraight(): boolean { return (this.bits & STRAIGHT) !== 0; }
  /** Its Via had `rport`: requests of ours may go to the port that it came from (RFC 3581). */
  get asksPort(): boolean { return (this.bits & ASKS_PORT) !== 0; }
  /** Who sent it is known by a password or trusted, so that Contact and Route may lead to any address. */
  get isTrusted(): boolean { return (this.bits & TRUSTED) !== 0; }
  /** Nobody can claim this address who is not there. */
  get isProved(): boolean { return (this.bits & PROVED) !== 0; }
  /** TCP was refused to a request that was too large for UDP. */
  get refusesTcp(): boolean { return (this.bits & REFUSES_TCP) !== 0; }

  /** The same way, once that is proved: one object for all that share this. */
  get proved(): CameFrom {
    return this.#proved ??= this.#with(PROVED, this.answeredAt);
  }

  refusingTcp(): CameFrom {
    return this.#with(REFUSES_TCP, this.answeredAt);
  }

  answered(address: string): CameFrom {
    return this.#with(0, address);
  }

  /** What was proved of it before, and what was refused. */
  after(before: CameFrom): CameFrom {
    return this.#with(before.bits & (PROVED | REFUSES_TCP), before.answeredAt);
  }

  equals(other: CameFrom): boolean {
    return this.port === other.port && this.address === other.address && this.bits === other.bits && this.transport === other.transport
      && this.localPort === other.localPort && this.localAddress === other.localAddress && this.answeredAt === other.answeredAt;
  }

  #with(bits: number, answeredAt: string): CameFrom {
    const { transport, address, port, localAddress, localPort } = this;
    if ((this.bits | bits) === this.bits && answeredAt === this.answeredAt) return this;
    return new CameFrom(transport, address, port, localAddress, localPort, this.bits | bits, answeredAt);
  }
}

export function cameFrom(request: Message, { transport, address, port, localAddress, localPort }: Source, isTrusted: boolean): CameFrom {
  const isStraight = request.count(Header.Via) === 1 && request.viaRest === '';
  const asksPort = request.topVia?.rport !== undefined;
  const bits = (isStraight ? STRAIGHT : 0) | (asksPort ? ASKS_PORT : 0) | (isTrusted ? TRUSTED | PROVED : 0);
  return new CameFrom(transport, address, port, localAddress, localPort, bits);
}

/** Whether a request has the source that `way` had; over UDP nobody is asked to prove it. */
export function isFrom(way: CameFrom, { transport, address, port }: Source): boolean {
  return way.transport === transport && way.address === address && way.port === port;
}

/** What was proved of an address stays proved while requests come from there. */
export function goesOn(before: CameFrom | undefined, now: CameFrom): CameFrom {
  return before === undefined || !leadsThere(before, now) ? now : now.after(before);
}

/** Whether it is proved that somebody at this address wants what is sent there: that the source answers proves nothing of where Contact and Route lead. */
export function isProvedAt(way: CameFrom, address: string): boolean {
  return way.isProved && (way.isTrusted || address === way.address || address === way.answeredAt);
}

/**
 * The way as it is `now`, when somebody has answered what went to `address` while a request of the peer had come as `there` says: that proves something only
 * if it comes from the same source.
 */
export function proved(address: string, there: CameFrom, now: CameFrom): CameFrom {
  if (!leadsThere(there, now)) return now;
  return address === now.address ? now.proved : now.answered(address);
}

/** Ways that came lately. */
export function recentWays(): Recent<CameFrom> {
  return new Recent<CameFrom>(({ address, port }) => hashOf(address) ^ port, (one, other) => one.equals(other));
}

function leadsThere(one: CameFrom, other: CameFrom): boolean {
  return one.transport === other.transport && one.address === other.address;
}
