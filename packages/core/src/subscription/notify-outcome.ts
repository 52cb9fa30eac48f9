import { localCode, responseOf } from '../uac/results.js';
import type { Outcome } from '../uac/send.js';
import type { Notified, NotifyOptions } from './contract.js';
import { endingCodes } from './ending-codes.js';
import { failedOf, successIn } from './subscribed.js';

/** The code with which a NOTIFY ended its subscription; undefined: it has not. Without a response within 64*T1 that is 408 ("SHOULD"), unless it is to be kept. */
export function endsSubscription({ response, local }: Outcome, onTimeout: NotifyOptions['on_timeout']): number | undefined {
  if (response !== undefined) return endingCodes.has(response.status) ? response.status : undefined;
  return local === 'timeout' && onTimeout !== 'keep' ? localCode.timeout : undefined;
}

/** How a NOTIFY ended, for whoever sent it. */
export function notifiedOf(outcome: Outcome): Notified {
  const success = successIn(outcome);
  return success === undefined ? failedOf(outcome) : { ok: true, code: success.status, response: responseOf(success) };
}
