import { because, defineErrors, show } from '@nksip-ts/core';

/** The codes that the compositor and its stores throw. */
export const eventStoreErrors = defineErrors({
  store_failed: {
    summary: 'A store that cannot be opened. details: store (its path or address), option? (the one that names it), reason.',
    message: (d) => typeof d['option'] === 'string' ? `${d['option']} ${show(d['store'])} cannot be used${because(d)}.` : `The store ${show(d['store'])} cannot be opened${because(d)}.`,
  },
  list_not_supported: {
    summary: 'The store of the service cannot list what it holds. details: service, owner?.',
    message: (d) => `The store of the service ${show(d['service'])}${typeof d['owner'] === 'string' ? ` (of ${show(d['owner'])})` : ''} cannot list: write an EventStateStore that has 'list', and give storeCallback(store) as sip_event_compositor_store; a plain function cannot list.`,
  },
});

type Rows = typeof eventStoreErrors;

declare module '@nksip-ts/core' {
  interface ErrorCodes extends Rows {}
}
