import { because, defineErrors, show } from '@nksip-ts/core';

/** The codes that the compositor and its stores throw. */
export const eventStoreErrors = defineErrors({
  invalid_aor: {
    summary: 'Something that is not an address of record. details: aor, reason?.',
    message: (d) => `${show(d['aor'])} is not an address of record${because(d)}. Write, for example, 'sip:user@example.com' or { scheme: 'sip', user: 'user', domain: 'example.com' }.`,
  },
  store_unavailable: {
    summary: 'Thrown by a store that is temporarily unavailable; the request gets a 503. details: retry_after? (seconds), reason?.',
    message: (d) => `The store is not available${because(d)}.`
      + (typeof d['retry_after'] === 'number' ? ` Try again in ${d['retry_after']} seconds.` : ''),
  },
  store_damaged: {
    summary: 'A record in a store is damaged. Requests for it get a 503; a damaged record is never served, and all others still are. details: record (its keys, as far as they are known, or how many there are).',
    message: (d) => `The store is damaged at ${String(d['record'])}: run 'nksip-ts store check'.`,
  },
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
