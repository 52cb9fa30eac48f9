import { familyOf, isWildcard } from './address.js';
import { transportFacts } from './transport-facts.js';
import type { ListenPoint } from './listen.js';
import type { Listener } from './transport.js';

/** A listener, and the port that was asked for: 0 if any would do. */
export interface Bound {
  readonly listener: Listener;
  readonly point: ListenPoint;
}

export interface ListenChange {
  readonly kept: readonly Bound[];
  readonly removed: readonly Bound[];
  /** What is still to be bound; of a point that is there in part, the rest of its transports on the same port. */
  readonly added: readonly ListenPoint[];
}

/** What must happen so that exactly `points` are listened on. A point with port 0 keeps the port that it once got. */
export function listenChange(bound: readonly Bound[], points: readonly ListenPoint[]): ListenChange {
  const left = new Set(bound);
  const kept: Bound[] = [];
  const added: ListenPoint[] = [];
  for (const point of points) {
    const found = present(point, [...left]);
    for (const one of found) left.delete(one);
    kept.push(...found);
    const missing = point.transports.filter((transport) => !found.some(({ listener }) => listener.transport === transport));
    if (missing.length > 0) added.push({ ...point, transports: missing });
  }
  return { kept, removed: [...left], added };
}

function present(point: ListenPoint, bound: readonly Bound[]): Bound[] {
  const candidates = bound.filter(({ listener }) => listener.address === point.address && point.transports.some((one) => one === listener.transport));
  if (point.port !== 0) return candidates.filter(({ listener }) => listener.port === point.port);
  for (const { listener } of candidates) {
    const together = candidates.filter((one) => one.point.port === 0 && one.listener.port === listener.port);
    if (together.length === point.transports.length) return together;
  }
  return [];
}

/** Whether the system would refuse the one while the other is bound. */
export function inTheWay(listener: Listener, point: ListenPoint): boolean {
  const samePort = point.transports.some((transport) => transportFacts[transport].isReliable === transportFacts[listener.transport].isReliable) && listener.port === point.port;
  const everywhere = isWildcard(listener.address) || isWildcard(point.address);
  return samePort && (listener.address === point.address || (everywhere && familyOf(listener.address) === familyOf(point.address)));
}
