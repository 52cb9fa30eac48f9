import { isThenable, type MaybePromise } from '@nksip-ts/core';
import type { Publication } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import type { StateDocument, WatchedState } from '../package/event-package.js';

/** Where the state of an address is asked for. */
export interface StateSources {
  /** Its live publications, of any package. */
  list(aor: Aor): AsyncIterable<Publication>;
  /** The same at once; undefined: `list` must be asked. */
  listNow(aor: Aor): readonly Publication[] | undefined;
  /** What `sip_event_notifier_state` returns, or the registrar knows; undefined: nothing. */
  hardState(aor: Aor, event: string): MaybePromise<HardState | undefined>;
}

/** A document that nobody has published. */
export interface HardState extends StateDocument {
  /** When it changes by itself, in seconds since 1970; absent: it does not. */
  readonly until?: number;
}

/** The state of an address and a package, and when it changes by itself since something ends: seconds since 1970, Infinity if nothing does. */
export interface ReadState {
  readonly state: WatchedState;
  readonly nextEnd: number;
}

/** At once where all sources answer at once, as they do where all is in RAM: with a promise for each publication and those around them, each of ten NOTIFYs took 700 bytes more. */
export function readState(sources: StateSources, aor: Aor, event: string): MaybePromise<ReadState> {
  const publications = sources.listNow(aor);
  if (publications === undefined) return listedState(sources, aor, event);
  const hard = sources.hardState(aor, event);
  return isThenable(hard) ? hard.then((one) => stateOf(aor, event, publications, one)) : stateOf(aor, event, publications, hard);
}

async function listedState(sources: StateSources, aor: Aor, event: string): Promise<ReadState> {
  const publications: Publication[] = [];
  for await (const one of sources.list(aor)) publications.push(one);
  return stateOf(aor, event, publications, await sources.hardState(aor, event));
}

function stateOf(aor: Aor, event: string, all: readonly Publication[], hard: HardState | undefined): ReadState {
  const publications = all.filter(({ record }) => record.event === event).sort(byAge);
  return {
    state: hard === undefined ? { aor, publications } : { aor, publications, hard },
    nextEnd: publications.reduce((first, { record: { expires } }) => Math.min(first, expires), hard?.until ?? Infinity),
  };
}

/** The newest last; two of the same moment are always in the same order. */
function byAge(a: Publication, b: Publication): number {
  return (a.record.since ?? 0) - (b.record.since ?? 0) || (a.tag < b.tag ? -1 : 1);
}
