import type { MaybePromise } from '@nksip-ts/core';
import type { Publication } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';
import type { StateDocument, WatchedState } from '../package/event-package.js';

/** Where the state of an address is asked for. */
export interface StateSources {
  /** Its live publications, of any package. */
  list(aor: Aor): AsyncIterable<Publication>;
  /** What `sip_event_notifier_state` returns, or the registrar knows; undefined: nothing. */
  hardState(aor: Aor, event: string): MaybePromise<HardState | undefined>;
}

/** A document that nobody has published. */
export interface HardState extends StateDocument {
  /** When it changes by itself, in seconds since 1970; absent: it does not. */
  readonly until?: number;
}

/** The state of an address and a package now, and when it changes by itself since something ends: seconds since 1970, Infinity if nothing does. */
export async function readState(sources: StateSources, aor: Aor, event: string): Promise<{ readonly state: WatchedState; readonly nextEnd: number }> {
  const publications: Publication[] = [];
  for await (const one of sources.list(aor)) if (one.record.event === event) publications.push(one);
  const hard = await sources.hardState(aor, event);
  return {
    state: { aor, publications: publications.sort(byAge), ...(hard !== undefined && { hard }) },
    nextEnd: publications.reduce((first, { record: { expires } }) => Math.min(first, expires), hard?.until ?? Infinity),
  };
}

/** The newest last; two of the same moment are always in the same order. */
function byAge(a: Publication, b: Publication): number {
  return (a.record.since ?? 0) - (b.record.since ?? 0) || (a.tag < b.tag ? -1 : 1);
}
