import { defaultRetryAfter, type SipReply } from '@nksip-ts/core';

// What is refused for want of room. The reason is for the client, the option in the log for the operator.

export const addressFull: SipReply = [403, { reason_phrase: 'Too Many Publications for This Address', log: { option: 'sip_event_compositor_max_per_aor' } }];
export const serviceFull: SipReply = busy('Too Many Publications', 'sip_event_compositor_max_publications');
export const outOfMemory: SipReply = busy('Out Of Memory', 'sip_max_memory');
export const addressBusy: SipReply = busy('Too Many Requests for This Address', 'sip_event_compositor_max_waiting');
export const serviceBusy: SipReply = busy('Too Many Requests', 'sip_event_compositor_max_under_way');
/** Nobody waits for the response any more. */
export const waitedTooLong: SipReply = busy('Waited Too Long');
/** Other processes were faster each time. */
export const changedMeanwhile: SipReply = busy('Publication Changed Meanwhile');

function busy(reason_phrase: string, option?: string): SipReply {
  return [503, { reason_phrase, retry_after: defaultRetryAfter, ...(option !== undefined && { log: { option } }) }];
}
