export type { EventNotifier, WatcherFilter } from './event-notifier.js';
export type { FailedNotify, WatcherEnd } from './events.js';
export { options, type NotifierOptions } from './options.js';
export { anyPackage } from './package/any.js';
export { dialogPackage, type DialogSingle } from './package/dialog.js';
export type { EventPackage, StateDocument, WatchedState, WatcherView } from './package/event-package.js';
export { messageSummary } from './package/message-summary.js';
export { presencePackage, type PresenceCompose } from './package/presence.js';
export type { Watcher, WatcherDecision } from './watcher/watcher.js';
