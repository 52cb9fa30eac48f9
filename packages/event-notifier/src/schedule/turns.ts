import { networkOf } from '@nksip-ts/core';
import { Fifo } from './fifo.js';
import { PlaceList, type InLine, type Place } from './place.js';

/** How many turns there are. Addresses with the same hash share one. */
export const TURNS = 4096;

/**
 * The turn of an address and port: one for each IPv4 address, or /64 of IPv6. The port does not count, since whoever has an address has all its
 * ports. It is a hash (FNV-1a), so that nothing is stored or looked up for an address.
 */
export function turnOf(peer: string): number {
  const end = peer.indexOf(' ');
  return peer.includes(':') ? hashOf(networkOf(peer.slice(0, end))) : hashOf(peer, end);
}

function hashOf(text: string, end = text.length): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) & (TURNS - 1);
}

/** Waiting watchers, each address in its turn: an address with a thousand of them delays another by one NOTIFY. */
export class Turns<T extends InLine> {
  readonly #lists: (PlaceList<T> | undefined)[] = Array.from({ length: TURNS });
  /** The lists that are not empty. */
  readonly #order = new Fifo<PlaceList<T>>();

  push(place: Place<T>): void {
    const list = (this.#lists[place.turn] ??= new PlaceList());
    if (list.first === undefined) this.#order.push(list);
    list.push(place);
  }

  /** The first of those whose turn it is; `mustWait` tells which turns are passed over. */
  shift(mustWait: ((turn: number) => boolean) | undefined): Place<T> | undefined {
    for (let left = this.#order.size; left > 0; left--) {
      const list = this.#order.shift();
      const first = list?.first;
      if (list === undefined || first === undefined) return undefined;
      const waits = mustWait !== undefined && mustWait(first.turn);
      if (!waits) list.remove(first);
      if (list.first !== undefined) this.#order.push(list);
      if (!waits) return first;
    }
    return undefined;
  }
}
