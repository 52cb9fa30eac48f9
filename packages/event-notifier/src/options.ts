import { NksipError, option } from '@nksip-ts/core';
import type { CompositorOptions } from '@nksip-ts/event-compositor';
import { z } from 'zod';
import { whyNoPackage } from './define-package.js';
import type { EventPackage } from './package/event-package.js';
import type { DialogSingle } from './package/dialog.js';
import type { PresenceCompose } from './package/presence.js';
import { decisions } from './watcher/watcher.js';

/** Seconds; what Expires can say. */
const LONGEST = 4_294_967_295;

const eventPackage = z.custom<EventPackage>((given) => whyNoPackage(given) === undefined, { error: ({ input }) => whyNoPackage(input) ?? '' });

/** The options of the plugin, as they may be written in `start`. */
export const options = z.object({
  sip_event_notifier_default_decision: z.enum(decisions).default('confirm').meta({
    type: "'allow', 'confirm', 'polite_block' or 'block'",
    description: "Who may watch, unless the callback sip_event_notifier_authorize decides. 'confirm': a watcher is pending, and sees nothing, until decide is called.",
  }),
  sip_event_notifier_packages: z.array(eventPackage).readonly().default([]).meta({
    type: '[definePackage({ ... }), ...]', description: 'Your own event packages. One with the name of a built-in package replaces it.',
  }),
  sip_event_notifier_min_interval: z.number().min(0).max(86_400).optional().meta({
    type: 'seconds, 0 to 86400', description: "The shortest time between two NOTIFYs about changes to one watcher. 0: no limit. Unset: that of the package, 5 for presence and 1 for dialog and message-summary, as their RFCs ask.",
  }),
  sip_event_notifier_min_expires: option.seconds('The shortest subscription. A SUBSCRIBE with a smaller Expires gets a 423 with this value in Min-Expires, unless its Expires is 0, or 3600 or more.', 0, { max: LONGEST }),
  sip_event_notifier_max_expires: option.seconds('The longest subscription. A SUBSCRIBE that asks for more is granted this. Subscriptions do not survive a restart, so a watcher may show an outdated state for this long after one.', 600, { min: 1, max: LONGEST }),
  sip_event_notifier_on_timeout: z.enum(['remove', 'keep']).default('remove').meta({
    type: "'remove' or 'keep'",
    description: "What happens to a watcher that does not answer a NOTIFY. 'remove': its subscription ends, as RFC 6665 4.2.2 recommends. 'keep': it stays until it expires, for phones that do not always answer.",
  }),
  sip_event_notifier_max_watchers: option.count('The most watchers of the service. One more gets a 503 with Retry-After.', 100_000, { min: 1 }),
  sip_event_notifier_max_per_aor: option.count('The most watchers of one address for one event package. One more gets a 503 with Retry-After.', 10_000, { min: 1 }),
  sip_event_notifier_max_per_watcher: option.count('The most subscriptions of one watcher, with one Contact, to one address and package. One more ends the oldest.', 10, { min: 1 }),
  sip_event_notifier_presence_compose: z.enum(['union', 'priority', 'latest']).default('union').meta({
    type: "'union', 'priority' or 'latest'",
    description: "How several presence publications of one address become one document. 'union': everything in all of them. 'priority': one of them, busy before available before away before offline. 'latest': the newest one.",
  }),
  sip_event_notifier_dialog_single: z.enum(['off', 'confirmed-first', 'early-first']).default('off').meta({
    type: "'off', 'confirmed-first' or 'early-first'",
    description: "Whether watchers see all dialogs of an address ('off') or only one, for phones that read only the first: an answered call before a ringing one ('confirmed-first'), or the other way round ('early-first').",
  }),
  sip_event_notifier_validate: option.flag('Whether a PUBLISH with a body that its event package cannot read gets a 400.', true),
  sip_event_notifier_drain_retry_after: z.int().min(1).max(LONGEST).optional().meta({
    type: `seconds, 1 to ${LONGEST}`,
    description: "When the service drains or stops, watchers are told to subscribe again after this time (reason 'probation'). Unset: to subscribe again at once ('deactivated').",
  }),
});

export interface NotifierOptions extends Readonly<z.output<typeof options>> {
  readonly sip_event_notifier_presence_compose: PresenceCompose;
  readonly sip_event_notifier_dialog_single: DialogSingle;
}

/** The configuration of a service, as far as the notifier reads it. */
export type NotifierConfig = NotifierOptions & Pick<CompositorOptions, 'sip_event_compositor_store_timeout'> & { readonly sip_events?: readonly string[] | undefined };

/** Throws `invalid_option` where two options contradict each other. */
export function checkTogether(config: NotifierOptions): void {
  const { sip_event_notifier_min_expires: min, sip_event_notifier_max_expires: max } = config;
  if (max < min) throw new NksipError('invalid_option', { option: 'sip_event_notifier_max_expires', given: max, reason: `it must not be below sip_event_notifier_min_expires, which is ${min}` });
}
