import { Header, parseRetryAfter } from '@nksip-ts/sip';
import { NksipError } from '../errors.js';
import { localCode, responseOf } from '../uac/results.js';
import type { Outcome } from '../uac/send.js';
import type { Notified, NotifyOptions } from './contract.js';
import { endingCodes } from './ending-codes.js';

/** The code with which a NOTIFY ended its subscription; undefined: it has not. Without a response within 64*T1 that is 408 ("SHOULD"), unless it is to be kept. */
export function endsSubscription({ response, local }: Outcome, onTimeout: NotifyOptions['on_timeout']): number | undefined {
  if (response !== undefined) return endingCodes.has(response.status) ? response.status : undefined;
  return local === 'timeout' && onTimeout !== 'keep' ? localCode.timeout : undefined;
}

/** How a NOTIFY ended, for whoever sent it. */
export function notifiedOf({ response: message, local, error }: Outcome): Notified {
  const told = error instanceof NksipError ? { error } : {};
  if (message === undefined) return { ok: false, code: localCode[local], meta: {}, local, ...told };
  const response = responseOf(message);
  if (message.status < 300) return { ok: true, code: message.status, response };
  const retry_after = parseRetryAfter(message.first(Header.RetryAfter) ?? '')?.seconds;
  return { ok: false, code: message.status, meta: retry_after === undefined ? {} : { retry_after }, response, ...told };
}
