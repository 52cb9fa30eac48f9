import { NksipError } from '@nksip-ts/core';
import { isToken } from '@nksip-ts/sip';
import type { EventPackage } from './package/event-package.js';

/** An event package for `sip_event_notifier_packages`. Throws `invalid_argument` if the definition is not one. */
export function definePackage(definition: EventPackage): EventPackage {
  const reason = whyNoPackage(definition);
  if (reason !== undefined) throw new NksipError('invalid_argument', { argument: 'definition', given: definition, reason });
  return definition;
}

/** For JavaScript: what is wrong with a package, without a full stop. */
export function whyNoPackage(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return 'it must be an object, as definePackage takes it';
  const pack: { readonly [K in keyof EventPackage]?: unknown } = given;
  if (typeof pack.name !== 'string' || !isToken(pack.name)) return 'its name must be an event package, such as presence';
  if (!Array.isArray(pack.types) || pack.types.length === 0 || !pack.types.every(isType)) return "its types must be media types, such as ['application/pidf+xml']";
  if (pack.filters !== undefined && !(Array.isArray(pack.filters) && pack.filters.every(isType))) return 'its filters must be media types, or absent';
  if (!isSeconds(pack.defaultExpires) || !isSeconds(pack.minInterval)) return 'its defaultExpires and minInterval must be seconds';
  return whyNoFunctions(pack);
}

function whyNoFunctions(pack: { readonly [K in keyof EventPackage]?: unknown }): string | undefined {
  const missing = (['compose', 'neutral'] as const).find((name) => typeof pack[name] !== 'function');
  if (missing !== undefined) return `its ${missing} must be a function`;
  const wrong = (['validate', 'finish'] as const).find((name) => pack[name] !== undefined && typeof pack[name] !== 'function');
  return wrong === undefined ? undefined : `its ${wrong} must be a function, or absent`;
}

function isType(given: unknown): boolean {
  return typeof given === 'string' && /^[^\s/;,]+\/[^\s/;,]+$/.test(given);
}

function isSeconds(given: unknown): boolean {
  return typeof given === 'number' && given >= 0 && Number.isFinite(given);
}
