import type { SipReply } from '../reply/table.js';

/** Why a NOTIFY is refused: it belongs to no subscription, or its CSeq is below the last one. */
export type NotifyRefusal = 'none' | 'old';

/** RFC 6665 4.1.3: 481 for a NOTIFY outside any subscription; RFC 3261 12.2.2: 500 after a later one. `takesUnsolicited`: sip_notify is asked about one without a subscription. */
export function refuseNotify(refusal: NotifyRefusal | undefined, takesUnsolicited: boolean): SipReply | undefined {
  if (refusal === 'old') return ['internal_error', 'CSeq Out of Order'];
  return refusal === undefined || takesUnsolicited ? undefined : ['unknown_dialog', 'Subscription Does Not Exist'];
}
