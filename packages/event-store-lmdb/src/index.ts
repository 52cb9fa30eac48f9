export { default } from './plugin.js';
export { LmdbStore, type LmdbStoreOptions } from './lmdb-store.js';
export type { Durability } from './directory.js';
export { options } from './options.js';
