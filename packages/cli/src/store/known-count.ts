import type { Service } from '@nksip-ts/core';
import { count } from '@nksip-ts/event-compositor';

/** What the store of a service says that it has; 0 where it cannot tell. */
export async function knownCount(service: Service): Promise<number> {
  const known = await count(service);
  return known === 'unknown' ? 0 : known;
}
