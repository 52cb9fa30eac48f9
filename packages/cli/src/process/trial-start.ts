import type { Logger, Service } from '@nksip-ts/core';
import { hasVersions, isInMemory } from '@nksip-ts/event-compositor';
import { Misuse } from '../command-line/command-line.js';
import { startService, type Invocation } from '../config/invocation.js';
import { readyLine } from '../output/ready-line.js';
import { realmsOf } from '../users/plugin.js';
import { wantsDesk } from './desk.js';
import { textLog } from '../output/text-log.js';

const silent = textLog('silent', () => undefined, () => undefined);

export interface TrialStart {
  readonly line: string;
  /** Where all workers listen, port 0 resolved; undefined: nowhere. */
  readonly listen: string | undefined;
}

/**
 * Starts the service in this process and ends it again, before there is any worker: what is wrong is told once, and any free port
 * becomes one that all workers have. Where it `isShared`, throws Misuse for what several processes cannot do together.
 */
export async function trialStart(invocation: Invocation, isShared = true, logger: Logger = silent): Promise<TrialStart> {
  const { options, listenGiven } = invocation;
  const service = await startService(invocation, { ...options, ...withFreePage(options), logger });
  try {
    if (isShared && service.chain('sip_publish').includes('event-compositor')) checkShared(service, options['sip_event_compositor_etag']);
    return { line: readyLine(service, options, listenGiven, realmsOf(service)), listen: service.addresses.join(', ') || undefined };
  } finally {
    await service.drain();
  }
}

/** A free port for the page, as for what listens for SIP. */
export function withFreePage(options: Invocation['options']): Invocation['options'] {
  const { sip_admin_listen: listen = '127.0.0.1:0' } = options;
  return wantsDesk(options) && typeof listen === 'string' ? { sip_admin_listen: listen.replace(/:\d+$/, ':0') } : {};
}

function checkShared(service: Service, etag: unknown): void {
  if (isInMemory(service)) {
    throw new Misuse('Several workers need a store that they share, and this service keeps its state in the memory of its process: name one, for example with --set plugins=event-compositor,event-store-lmdb --set sip_event_store_lmdb_path=DIRECTORY, or leave out --workers.');
  }
  if (etag !== 'renew' && !hasVersions(service)) {
    throw new Misuse("Several workers need entity-tags that change with each PUBLISH, or a store with versions, or one overwrites what another has stored: add --set sip_event_compositor_etag=renew, or leave out --workers.");
  }
}
