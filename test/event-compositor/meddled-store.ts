import { storeCallback, type EventStateStore, type StoreCallback, type StoreRiders } from '@nksip-ts/event-compositor';

/** The moments of a change at which another process may be faster. */
export type Moment = 'listed' | 'read' | 'writes';

/** A store for one process; `meddle` runs once, when that has listed an address, has then read a record, or is about to write over one. */
export function meddled(store: EventStateStore, moment: Moment, meddle: () => Promise<unknown>): StoreCallback & StoreRiders {
  const callback = storeCallback(store);
  let state: 'before' | 'listed' | 'over' = 'before';
  const at = async (now: Moment): Promise<void> => {
    if (state === 'listed' && now === moment) {
      state = 'over';
      await meddle();
    }
  };
  const asked: StoreCallback = async (op, srvId) => {
    if (op.type === 'put' && op.previous_tag !== undefined) await at('writes');
    const answer = await callback(op, srvId);
    if (op.type === 'get') await at('read');
    return answer;
  };
  return Object.assign(asked, callback, {
    list: async function* (...asking: Parameters<NonNullable<StoreRiders['list']>>) {
      yield* callback.list!(...asking);
      if (state === 'before') state = 'listed';
      await at('listed');
    },
  });
}
