import { startByName, type Service } from '@nksip-ts/core';
import { isInMemory } from '@nksip-ts/event-compositor';
import { Misuse, text, type Parsed } from '../command-line/command-line.js';
import { readConfig } from '../config/config-file.js';
import { placed, placesUnder } from '../command-line/option-place.js';
import { foldersFor } from '../config/invocation.js';
import { withoutUsers } from '../config/default-options.js';
import { withEnvironment } from '../config/environment.js';
import { faultLog } from '../output/service-log.js';
import { setFlagOptions } from '../config/set-flag.js';

const usual = { plugins: ['event-compositor'], sip_events: 'presence' };

/** Runs a task with the service whose store it is; `otherwise` is its name where nobody gives one. */
export type WithService = <T>(otherwise: string, task: (service: Service) => Promise<T>) => Promise<T>;

/**
 * With the service of the configuration, which listens on nothing, unless its store is the memory of this very process. `reads`: the
 * store does nothing of itself meanwhile.
 */
export function withServiceOf(parsed: Parsed, reads: boolean): WithService {
  return async (otherwise, task) => {
    const file = text(parsed, 'config');
    const { name, module, ...config } = await readConfig(file);
    const folders = foldersFor(file);
    const { options, places } = await withEnvironment(config, { ...usual, ...config.options }, folders);
    const flags = await setFlagOptions(parsed, { ...usual, ...options }, folders, places);
    const given: Record<string, unknown> = { ...usual, ...withoutUsers(options), ...withoutUsers(flags), ...(reads && { sip_event_compositor_store_maintenance: false }) };
    delete given['sip_listen'];
    const service = await placed(placesUnder(flags, places), startByName(text(parsed, 'service') ?? name ?? otherwise, { ...given, logger: faultLog(), log_level: 'error' }, module, folders));
    try {
      if (isInMemory(service)) {
        throw new Misuse('The store of this service is the memory of its process, which is empty in a new one: there is nothing to export, to check, or to import into. Name a store with --config or --set plugins=NAME.');
      }
      return await task(service);
    } finally {
      await service.stop();
    }
  };
}
