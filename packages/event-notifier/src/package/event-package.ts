import type { Publication } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';

/** A document that watchers get. `content_type` without parameters: some phones refuse any. */
export interface StateDocument {
  readonly data: Uint8Array;
  readonly content_type: string;
}

/** What is known of one address and one package when a document is composed. */
export interface WatchedState {
  readonly aor: Aor;
  /** All that are live, the newest last (by `since`). Empty only where `hard` is there: with neither, `neutral` is used. */
  readonly publications: readonly Publication[];
  /** What the service said when it was asked (`sip_event_notifier_state`): below what is published, or alone. */
  readonly hard?: StateDocument;
}

/** What differs from one watcher to the next. */
export interface WatcherView {
  /** How many documents this watcher has had: 0 for the first. */
  readonly version: number;
  readonly type: string;
  /** The values of Accept, one a line; none where they have more than 500 characters. */
  readonly accept: readonly string[];
  /** The body of the SUBSCRIBE. */
  readonly filter?: StateDocument;
}

/** One event package (RFC 6665 5): pure functions, without I/O and without a clock. */
export interface EventPackage {
  readonly name: string;
  /** Media types that it can notify, the default one first; any type: the media range of all types. */
  readonly types: readonly [string, ...string[]];
  /** Media types of a body of SUBSCRIBE that `finish` is given as `filter`; absent: a body is refused (415). */
  readonly filters?: readonly string[];
  /** Seconds. */
  readonly defaultExpires: number;
  /** Seconds between two NOTIFYs of changes to one watcher. */
  readonly minInterval: number;
  /** Why a body cannot be published (400), as a sentence without a full stop. */
  validate?(publication: { readonly aor: Aor; readonly data: Uint8Array; readonly content_type?: string }): string | undefined;
  /** The document of all watchers that take this type. One publication goes through byte for byte. */
  compose(state: WatchedState, type: string): StateDocument;
  /** What a watcher gets where nothing is published, or while he may not see what is: the same document for all of these. */
  neutral(aor: Aor, type: string): StateDocument;
  /** The last step for one watcher, also on `neutral`. */
  finish?(document: StateDocument, watcher: WatcherView): StateDocument;
}
