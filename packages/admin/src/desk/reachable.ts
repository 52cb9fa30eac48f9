import { NksipError, resultInTime } from '@nksip-ts/core';
import type { EventCompositor } from '@nksip-ts/event-compositor';

/** Milliseconds that the store has to show that it is there. */
const PATIENCE = 2000;

/** A key that nobody publishes under: only the answer counts. */
const nobody = { scheme: 'sip', user: 'ready', domain: 'invalid' } as const;

/** Whether the store of a service answers. */
export async function isReachable(compositor: Pick<EventCompositor, 'find'> | undefined): Promise<boolean> {
  if (compositor === undefined) return true;
  try {
    await resultInTime(compositor.find(nobody, 'none'), PATIENCE, () => new NksipError('timeout', { what: 'The store', seconds: PATIENCE / 1000 }));
    return true;
  } catch {
    return false;
  }
}
