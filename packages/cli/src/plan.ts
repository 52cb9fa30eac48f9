import type { Logger } from '@nksip-ts/core';

/** What `serve` was told to run. */
export interface Plan {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly module: Readonly<Record<string, unknown>> | undefined;
  /** For what the command itself has to say. */
  readonly log: Logger;
  /** Writes to standard output, after what was logged there. */
  readonly print: (text: string) => void;
  /** Somebody said where to listen. */
  readonly listenGiven: boolean;
}
