import type { Desk } from './desk.js';

/** The desk of a service in one of several processes. */
export interface WorkerDesk extends Desk {
  /** What `metrics` has, as data that can be added to that of others. */
  metricsData(): Promise<object[]>;
}

/** What the first process may ask of a worker. */
export const askable = [
  'readiness', 'service', 'usage', 'addresses', 'address', 'publications', 'watchers', 'registrations', 'refusals', 'removePublication', 'removeAddress', 'endWatcher', 'decide', 'setLogLevel', 'metricsData',
] as const satisfies readonly (keyof WorkerDesk)[];

export type Askable = (typeof askable)[number];
