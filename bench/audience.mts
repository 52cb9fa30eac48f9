/** Who watches whom: watchers and the addresses that they watch have numbers from 0 on. */
export interface Audience {
  readonly watchers: number;
  readonly addresses: number;
  /** The address that a watcher watches. */
  addressOf(watcher: number): number;
  /** How many watch an address. */
  watchersOf(address: number): number;
}

/** As many for each address; the last one may have fewer. */
export function evenAudience(watchers: number, each: number): Audience {
  return crowdedAudience(watchers, 0, each);
}

/** The first `crowd` watchers all watch address 0. Each of the other addresses has `each`; the last one may have fewer. */
export function crowdedAudience(watchers: number, crowd: number, each: number): Audience {
  const crowded = crowd > 0 ? 1 : 0;
  const rest = watchers - crowd;
  const addresses = crowded + Math.ceil(rest / each);
  return {
    watchers, addresses,
    addressOf: (watcher) => watcher < crowd ? 0 : crowded + Math.floor((watcher - crowd) / each),
    watchersOf: (address) => address < crowded ? crowd : Math.min(each, rest - (address - crowded) * each),
  };
}
