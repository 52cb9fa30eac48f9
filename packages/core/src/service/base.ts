import { ServiceEvents } from '../events.js';
import { createLogger, guarded, type Logger } from '../log/log.js';
import { MemoryAccount } from '../memory/account.js';
import type { ServiceConfig } from '../option/core-options.js';
import { maxMemory } from './part-options.js';
import { reportFault } from './report-fault.js';

/** What a service has from its start to its end, whatever updates change. */
export interface ServiceBase {
  readonly id: string;
  /** The callbacks of the application. */
  readonly module: object;
  /** Where plugins are looked for by name, the first folder first. */
  readonly folders: readonly string[];
  readonly events: ServiceEvents;
  readonly log: Logger;
  readonly memory: MemoryAccount;
  /** Reports a fault that the service survived: a line in the log and an `error` event. */
  readonly fault: (error: unknown, callback?: string) => void;
}

/** `config`: as it was written, before plugins have had their say. */
export function makeBase(id: string, module: object, folders: readonly string[], config: ServiceConfig): ServiceBase {
  const { logger, log_level } = config;
  const log = logger === undefined ? createLogger(id, log_level) : guarded(logger);
  const events = new ServiceEvents(log);
  const memory = new MemoryAccount(maxMemory(config));
  return { id, module, folders, events, log, memory, fault: (error, callback) => { reportFault(id, events, log, error, callback); } };
}
