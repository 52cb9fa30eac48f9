export { default } from './plugin.js';
export { clear, find, isRegistered, process, qfind, remove, request, type Registrar } from './api.js';
export type { RegistrationChange, RegistrationsCleared } from './events.js';
export {
  registrarStoreCallback,
  type RegContact, type Registered, type RegistrarStore, type RegistrarStoreCallback, type RegistrarStoreOp, type RegistrarStoreReply, type RegistrarStoreRiders, type StoredContacts,
} from './store/contract.js';
export { isRegistrations, registrationsIn, type VersionedRecord, type VersionedRecords } from './store/records.js';
export { RamStore } from './ram/store.js';
export { options, type RegistrarOptions } from './options.js';
