export { default } from './plugin.js';
export { eventStoreErrors } from './store/errors.js';
export { audit, clear, count, find, hasVersions, isInMemory, list, process, remove, request, restore, textOf, usedBy } from './api.js';
export { isMoment, LONGEST_TTL } from './store/moments.js';
export { provenUser } from './publish/publisher.js';
export type { EventCompositor, Restored } from './event-compositor.js';
export {
  storeCallback,
  type EventStateStore, type Publication, type RegPublish, type StoredPublish, type StoreCallback, type StoreFinding, type StoreOp, type StoreReply, type StoreRiders,
} from './store/contract.js';
export { RamStore, type RamStoreOptions } from './ram/store.js';
export type { BodyCheck, PublishedBody } from './publish/body-check.js';
export type { StoreOperation } from './store/diagnostics.js';
export type { StateChange } from './feed.js';
export type { ClearEvent, PublicationEvent, PublicationReason } from './events.js';
export { options, type CompositorOptions } from './options.js';
export { usualContentTypes } from '@nksip-ts/sip';
