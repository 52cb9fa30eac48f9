import { networkOf } from '@nksip-ts/core';
import { Fifo } from './fifo.js';
import { PlaceList, type InLine, type Place } from './place.js';

/** How many turns there are. Addresses that have one turn by chance share it. */
export const TURNS = 4096;

/**
 * Whose turn it is to be sent to this address and port: that of an IPv4 address, or of the /64 of an IPv6 one. The port does not count, since whoever has an
 * address has all its ports. It is a hash (FNV-1a), so that nothing is looked up or kept for an address.
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

/** Those who wait, each address in its turn: whoever has a thousand in line delays the others by one. */
export class Turns<T extends InLine> {
  readonly #lists: (PlaceList<T> | undefined)[] = Array.from({ length: TURNS });
  /** Those that are not empty. */
  readonly #order = new Fifo<PlaceList<T>>();

  push(place: Place<T>): void {
    const list = (this.#lists[place.turn] ??= new PlaceList());
    if (list.first === undefined) this.#order.push(list);
    list.push(place);
  }

  /** The first of those whose turn it is; `mustWait` says whose turn is passed over. */
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
