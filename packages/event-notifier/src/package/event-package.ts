import type { Publication } from '@nksip-ts/event-compositor';
import type { Aor } from '@nksip-ts/sip';

/** A document that watchers get. `content_type` without parameters: some phones refuse any. */
export interface StateDocument {
  readonly data: Uint8Array;
  readonly content_type: string;
}

/** The state of one address and one package, from which a document is composed. */
export interface WatchedState {
  readonly aor: Aor;
  /** All live ones, the newest last (by `since`). Empty only if there is `hard`: with neither, `neutral` is used. */
  readonly publications: readonly Publication[];
  /** What `sip_event_notifier_state` returned: used in addition to publications, or alone. */
  readonly hard?: StateDocument;
}

/** What differs from one watcher to the next. */
export interface WatcherView {
  /** How many documents this watcher was sent before: 0 for the first. */
  readonly version: number;
  readonly type: string;
  /** The values of Accept, one for each line; none if they have more than 500 characters. */
  readonly accept: readonly string[];
  /** The body of the SUBSCRIBE. */
  readonly filter?: StateDocument;
}

/** One event package (RFC 6665 5): pure functions, without I/O and without a clock. */
export interface EventPackage {
  readonly name: string;
  /** Media types that it can send, the default one first; the range of all types: whatever was published. */
  readonly types: readonly [string, ...string[]];
  /** Media types of SUBSCRIBE bodies that it accepts; `finish` gets the body as `filter`. Absent: any body gets a 415. */
  readonly filters?: readonly string[];
  /** Seconds. */
  readonly defaultExpires: number;
  /** Seconds between two NOTIFYs of changes to one watcher. */
  readonly minInterval: number;
  /** Why a body cannot be published (400), as a sentence without a full stop. `data` is good during the call only. */
  validate?(publication: { readonly aor: Aor; readonly data: Uint8Array; readonly content_type?: string }): string | undefined;
  /** The document of all watchers that take this type. One publication goes through byte for byte. */
  compose(state: WatchedState, type: string): StateDocument;
  /** What a watcher gets if nothing is published, or if it may not see the state: the same document for both. */
  neutral(aor: Aor, type: string): StateDocument;
  /** Adapts a document, `neutral` too, to one watcher. */
  finish?(document: StateDocument, watcher: WatcherView): StateDocument;
}
