import { parseMediaType } from '@nksip-ts/sip';
import { NksipError } from '../errors.js';
import { nearestName } from '../nearest-name.js';
import { refuseArgument, wrongOptions } from '../option/arguments.js';
import { passwords } from '../option/types.js';
import { isTerminationReason, type NotifyOptions, type SubscriptionState } from './contract.js';

const mostSeconds = 2 ** 32 - 1;
const passwordOption = passwords('');

interface Check {
  readonly fits: (value: unknown) => boolean;
  readonly right: string;
}

const checks: { readonly [K in keyof NotifyOptions]-?: Check } = {
  subscription_state: { fits: isState, right: "'active', 'pending', one of both with seconds, or ['terminated', reason] with seconds for retry-after where they are wanted" },
  body: { fits: (value) => typeof value === 'string' || value instanceof Uint8Array, right: 'a text, sent as UTF-8, or bytes' },
  content_type: { fits: isMediaType, right: "a media type, such as 'text/plain'" },
  sip_pass: { fits: (value) => passwordOption.safeParse(value).success, right: 'a password, or whatever sip_pass takes' },
  timeout: { fits: (value) => typeof value === 'number' && value > 0 && value <= 2_147_483, right: 'seconds, above 0' },
  retransmissions: { fits: (value) => isWhole(value, 100), right: 'a number, 0 to 100' },
  on_timeout: { fits: (value) => value === 'remove' || value === 'keep', right: "'remove' or 'keep'" },
};

/** The options of a NOTIFY. Throws `unknown_option`, `invalid_option` or `invalid_argument`. By hand: there are very many of them. */
export function readNotifyOptions(options: unknown): NotifyOptions {
  refuseArgument('options', options, wrongOptions(options, "{ body: 'sunny', content_type: 'text/plain' }"));
  if (!isObject(options)) return {};
  for (const name in options) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined) continue;
    if (!isOption(name)) throw new NksipError('unknown_option', { option: name, nearest: nearestName(name, Object.keys(checks)) });
    if (!checks[name].fits(value)) throw new NksipError('invalid_option', { option: name, ...(name !== 'sip_pass' && { given: value }), reason: `it must be ${checks[name].right}` });
  }
  return options as NotifyOptions;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function isOption(name: string): name is keyof NotifyOptions {
  return Object.hasOwn(checks, name);
}

function isWhole(value: unknown, most = mostSeconds): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most;
}

function isState(value: unknown): value is SubscriptionState {
  if (value === 'active' || value === 'pending') return true;
  if (!Array.isArray(value)) return false;
  const [state, second, third]: readonly unknown[] = value;
  if (state === 'active' || state === 'pending') return value.length === 2 && isWhole(second);
  return state === 'terminated' && value.length <= 3 && isTerminationReason(second) && (third === undefined || isWhole(third));
}

function isMediaType(value: unknown): boolean {
  return typeof value === 'string' && (/^[\w.+-]+\/[\w.+-]+$/.test(value) || (/^[\x20-\x7e]+$/.test(value) && parseMediaType(value) !== undefined));
}
