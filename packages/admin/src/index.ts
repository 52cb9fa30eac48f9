export { default } from './plugin.js';
export type { Admin } from './api.js';
export type { Desk, Orders, Readiness } from './contract/desk.js';
export type { WorkerDesk } from './contract/worker-desk.js';
export { DeskError, type DeskErrorCode } from './contract/desk-error.js';
export * as objects from './contract/objects.js';
export { options, type AdminOptions } from './options.js';

// For a program that runs a service in several processes.
export { OpenDesk } from './open-desk.js';
export { answering } from './workers/answering.js';
export { Crew } from './workers/crew.js';
export { SummedDesk } from './workers/summed-desk.js';
export type { FromDesk, ToDesk } from './workers/messages.js';
