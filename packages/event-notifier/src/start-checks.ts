import type { PluginService } from '@nksip-ts/core';
import type { EventCompositor } from '@nksip-ts/event-compositor';

const STORE = 'sip_event_compositor_store';

/** Throws `list_not_supported` where what is published cannot be listed: nothing could be composed of it. */
export function checkStore(compositor: Pick<EventCompositor, 'list'>): void {
  compositor.list({ scheme: 'sip', user: '', domain: 'example.com' });
}

/** What to say of a store that other processes may write to; undefined: nothing. */
export function sharedStoreNote(service: Pick<PluginService, 'id' | 'chain'>, compositor: Pick<EventCompositor, 'isInMemory' | 'usedBy'>): string | undefined {
  const [owner] = service.chain(STORE);
  // A file of LMDB is of one machine, and tells which other process has it open.
  if (compositor.isInMemory || (owner === 'event-store-lmdb' && compositor.usedBy() === undefined)) return undefined;
  return `Other processes may write to the store of '${service.id}' (of ${owner}): watchers here see what they publish only when something of the same address is published here, or ends.`;
}
