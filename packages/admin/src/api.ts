import type { Orders } from './contract/desk.js';
import type { WorkerDesk } from './contract/worker-desk.js';

export const PLUGIN_NAME = 'admin';

/** What the plugin offers: `use(service, 'admin')`. */
export interface Admin {
  /** What the HTTP API asks. */
  readonly desk: WorkerDesk;
  /** Says what the program can do that started the service, for the buttons that ask for it. */
  obey(orders: Orders): void;
  /** Where the page is; undefined: nothing is served. */
  readonly url: string | undefined;
}
