import { skipSpace, tokenEnd } from '../grammar.js';
import { formatParameters, parseParameters } from '../parameters.js';
import { parseDeltaSeconds } from './delta-seconds.js';

/** RFC 6665 8.2.3 */
export interface SubscriptionStateValue {
  /** `active`, `pending`, `terminated`, or another token, in lower case */
  readonly state: string;
  /** why it is terminated, in lower case: one of RFC 6665 4.1.3, or another token */
  readonly reason?: string;
  /** seconds that the subscription has left; absent too where it cannot be read */
  readonly expires?: number;
  /** seconds after which to subscribe again; absent too where it cannot be read */
  readonly retryAfter?: number;
  /** all parameters: names in lower case, values unquoted, '' for a flag */
  readonly params: ReadonlyMap<string, string>;
}

/**
 * Undefined unless it is a token with parameters that can be read. RFC 6665 8.2.3 has other states, reasons and parameters that are not known yet;
 * a number that is none says nothing, and the state counts all the same.
 */
export function parseSubscriptionState(text: string): SubscriptionStateValue | undefined {
  const start = skipSpace(text, 0, text.length);
  const end = tokenEnd(text, start, text.length);
  const params = end === start ? undefined : parseParameters(text, end, text.length);
  if (params === undefined) return undefined;
  const reason = params.get('reason')?.toLowerCase();
  const expires = parseDeltaSeconds(params.get('expires') ?? '');
  const retryAfter = parseDeltaSeconds(params.get('retry-after') ?? '');
  return {
    state: text.substring(start, end).toLowerCase(), params,
    ...(reason !== undefined && reason !== '' && { reason }), ...(expires !== undefined && { expires }), ...(retryAfter !== undefined && { retryAfter }),
  };
}

/** `active;expires=60`, `terminated;reason=giveup;retry-after=5`; `state` and `reason` are not checked, numbers are seconds. */
export function formatSubscriptionState({ state, reason, expires, retryAfter }: Omit<SubscriptionStateValue, 'params'>): string {
  const params = new Map<string, string>();
  if (reason !== undefined) params.set('reason', reason);
  if (expires !== undefined) params.set('expires', String(expires));
  if (retryAfter !== undefined) params.set('retry-after', String(retryAfter));
  return state + formatParameters(params);
}
