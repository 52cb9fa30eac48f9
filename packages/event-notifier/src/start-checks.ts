import type { PluginService } from '@nksip-ts/core';
import type { EventCompositor } from '@nksip-ts/event-compositor';

const STORE = 'sip_event_compositor_store';

/** Throws `list_not_supported` if the store cannot list: then no document could be composed. */
export function checkStore(compositor: Pick<EventCompositor, 'list'>): void {
  compositor.list({ scheme: 'sip', user: '', domain: 'example.com' });
}

/** A warning about a store that other processes may write to; undefined: there are none. */
export function sharedStoreNote(service: Pick<PluginService, 'id' | 'chain'>, compositor: Pick<EventCompositor, 'isInMemory' | 'usedBy'>): string | undefined {
  const [owner] = service.chain(STORE);
  // An LMDB file is used by one machine only, and the store knows which other process has it open.
  if (compositor.isInMemory || (owner === 'event-store-lmdb' && compositor.usedBy() === undefined)) return undefined;
  return `Other processes may write to the store of '${service.id}' (of ${owner}): watchers here see what those publish only when a publication of the same address changes or ends here.`;
}
