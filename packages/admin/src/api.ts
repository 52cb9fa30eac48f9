import type { Desk } from './contract/desk.js';

export const PLUGIN_NAME = 'admin';

/** What the plugin offers: `use(service, 'admin')`. */
export interface Admin {
  /** What the HTTP API asks. */
  readonly desk: Desk;
  /** Where the page is; undefined: nothing is served. */
  readonly url: string | undefined;
}
