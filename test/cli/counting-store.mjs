import { storeCallback } from '@nksip-ts/event-compositor';

/** A store for configuration files: it counts three publications and lists two, one of them with a tag that cannot be. */
export function countingStore(expires) {
  const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
  const record = { data: new Uint8Array(1), event: 'presence', expires };
  return storeCallback({
    get: () => undefined, put: () => undefined, del: () => false, delAll: () => undefined, count: () => 3,
    async *list() {
      yield { aor, tag: 't1', record };
      yield { aor, tag: 't 2', record };
    },
  });
}
