import { defaultRetryAfter, type NoPlace, type SipReply } from '@nksip-ts/core';

// Refusals because of overload. The reason is for the client, the option in the log for the operator.

export const outOfMemory: SipReply = busy('Out Of Memory', 'sip_max_memory');
/** Other processes were faster each time. */
export const changedMeanwhile: SipReply = busy('Registration Changed Meanwhile');

export const noPlace: Readonly<Record<NoPlace, SipReply>> = {
  waiting: busy('Too Many Requests for This Address'),
  underWay: busy('Too Many Requests'),
  /** The client has given up. */
  patience: busy('Waited Too Long'),
};

function busy(reason_phrase: string, option?: string): SipReply {
  return [503, { reason_phrase, retry_after: defaultRetryAfter, ...(option !== undefined && { log: { option } }) }];
}
