export { default } from './plugin.js';
export { RedisStore } from './redis-store.js';
export type { RedisSettings } from './settings.js';
export { options, type RedisOptions } from './options.js';
