import { anyPackage } from '../package/any.js';
import { dialogPackage } from '../package/dialog.js';
import type { EventPackage } from '../package/event-package.js';
import { messageSummary } from '../package/message-summary.js';
import { presencePackage } from '../package/presence.js';
import { regPackage } from '../package/reg.js';
import type { NotifierOptions } from '../options.js';

/** What RFC 6665 leaves to the notifier, from the options of a service. Times in seconds. */
export interface Policy {
  /** Those in `sip_events`, by name. A Map, since names come from the wire. */
  readonly packages: ReadonlyMap<string, EventPackage>;
  readonly minExpires: number;
  readonly maxExpires: number;
  readonly maxWatchers: number;
  readonly maxPerAor: number;
  readonly maxPerWatcher: number;
}

export function policyOf(options: NotifierOptions, events: readonly string[]): Policy {
  const known = new Map([
    presencePackage(options.sip_event_notifier_presence_compose), dialogPackage(options.sip_event_notifier_dialog_single), messageSummary, regPackage,
    ...options.sip_event_notifier_packages,
  ].map((pack) => [pack.name, pack]));
  return {
    packages: new Map(events.map((event) => [event, known.get(event) ?? anyPackage(event)])),
    minExpires: options.sip_event_notifier_min_expires,
    maxExpires: options.sip_event_notifier_max_expires,
    maxWatchers: options.sip_event_notifier_max_watchers,
    maxPerAor: options.sip_event_notifier_max_per_aor,
    maxPerWatcher: options.sip_event_notifier_max_per_watcher,
  };
}
