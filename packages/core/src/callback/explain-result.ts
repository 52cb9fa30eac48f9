import { coreCallbacks, type CoreCallbacks } from './callbacks.js';
import { show } from '../errors.js';
import { explainReply, resolveReply } from '../reply/resolve.js';

/** Results that callbacks of other frameworks have, by the callback. */
const meant: Readonly<Record<string, readonly (readonly [given: unknown, write: string])[]>> = {
  sip_authorize: [[true, "'ok'"], [false, "'forbidden'"]],
  sip_route: [[true, "'process'"], ['ok', "'process'"]],
};

/** Why the result of a callback has no meaning, and what was probably meant. `reply`: the reply in it; undefined if there is none. */
export function explainResult(callback: string, result: unknown, reply: unknown): string {
  if (reply !== undefined) return explainReply(reply);
  const usual = `it must be ${isCore(callback) ? coreCallbacks[callback].result : 'a reply'}`;
  const instead = meant[callback]?.find(([given]) => given === result)?.[1];
  if (instead !== undefined) return `write ${instead} (${usual})`;
  const framed = hasReply(callback) ? asReply(result) : undefined;
  return framed === undefined ? usual : `write ${framed}`;
}

/** A reply without its frame, or with its argument beside it. */
function asReply(result: unknown): string | undefined {
  if (Array.isArray(result) && result[0] === 'reply' && result.length === 3) return `['reply', [${show(result[1])}, ${show(result[2])}]]`;
  return result !== undefined && resolveReply(result, { allow: '', events: '', accept: '' }) !== undefined ? `['reply', ${show(result)}]` : undefined;
}

function hasReply(callback: string): boolean {
  return isCore(callback) && coreCallbacks[callback].result.includes('SipReply');
}

function isCore(callback: string): callback is keyof CoreCallbacks {
  return Object.hasOwn(coreCallbacks, callback);
}
