// Written by 'npm run docs': what an editor shows at these names.

export interface NotifierOptionTexts {
  /**
   * Who may watch, where the callback sip_event_notifier_authorize says nothing. 'confirm': a watcher is pending, and sees nothing, until decide is called.
   *
   * Value: 'allow', 'confirm', 'polite_block' or 'block'. Default: "confirm".
   */
  readonly sip_event_notifier_default_decision?: unknown;
  /**
   * Event packages of your own, also instead of a built-in one of the same name.
   *
   * Value: [definePackage({ ... }), ...]. Default: [].
   */
  readonly sip_event_notifier_packages?: unknown;
  /**
   * Seconds between two NOTIFY requests about changes to one watcher. 0: no limit. Unset: the package's own, 5 for presence and 1 for dialog and message-summary, as their RFCs want it.
   *
   * Value: seconds, 0 to 86400.
   */
  readonly sip_event_notifier_min_interval?: unknown;
  /**
   * The shortest subscription. A SUBSCRIBE with a smaller Expires other than 0, that is below 3600, gets a 423 with this value in Min-Expires.
   *
   * Value: seconds, 0 to 4294967295. Default: 0.
   */
  readonly sip_event_notifier_min_expires?: unknown;
  /**
   * The longest subscription. A SUBSCRIBE that asks for more is granted this. Subscriptions do not survive a restart: for so long a watcher may show what is no longer true.
   *
   * Value: seconds, 1 to 4294967295. Default: 600.
   */
  readonly sip_event_notifier_max_expires?: unknown;
  /**
   * What happens to a watcher who does not answer a NOTIFY. 'remove': he is removed, as RFC 6665 4.2.2 recommends. 'keep': he stays until his subscription expires, for phones that do not always answer.
   *
   * Value: 'remove' or 'keep'. Default: "remove".
   */
  readonly sip_event_notifier_on_timeout?: unknown;
  /**
   * Watchers that the service may have. Beyond: 503 with Retry-After.
   *
   * Value: a number, from 1 up. Default: 100000.
   */
  readonly sip_event_notifier_max_watchers?: unknown;
  /**
   * Watchers that one address may have for one event package. Beyond: 503 with Retry-After.
   *
   * Value: a number, from 1 up. Default: 10000.
   */
  readonly sip_event_notifier_max_per_aor?: unknown;
  /**
   * Subscriptions of one watcher to one address and package, with one Contact. Beyond: the new one is taken, and the oldest one ends.
   *
   * Value: a number, from 1 up. Default: 10.
   */
  readonly sip_event_notifier_max_per_watcher?: unknown;
  /**
   * How several presence publications of one address become one document. 'union': all that they say. 'priority': one of them, busy before available before away before offline. 'latest': the newest one.
   *
   * Value: 'union', 'priority' or 'latest'. Default: "union".
   */
  readonly sip_event_notifier_presence_compose?: unknown;
  /**
   * Whether watchers see all dialogs of an address ('off'), or one of them, for phones that read no more: a call that is answered first, or one that rings.
   *
   * Value: 'off', 'confirmed-first' or 'early-first'. Default: "off".
   */
  readonly sip_event_notifier_dialog_single?: unknown;
  /**
   * Whether a PUBLISH with a body that its event package cannot read is refused with 400.
   *
   * Value: true or false. Default: true.
   */
  readonly sip_event_notifier_validate?: unknown;
  /**
   * When the service drains or stops, watchers are told to come back after so long (reason 'probation'). Unset: to come back at once ('deactivated').
   *
   * Value: seconds, 1 to 4294967295.
   */
  readonly sip_event_notifier_drain_retry_after?: unknown;
}
