export { default } from './plugin.js';
export type { Admin } from './api.js';
export type { Desk, Readiness } from './contract/desk.js';
export { DeskError, type DeskErrorCode } from './contract/desk-error.js';
export * as objects from './contract/objects.js';
export { options, type AdminOptions } from './options.js';
