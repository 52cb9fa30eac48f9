import { isDeepStrictEqual } from 'node:util';
import type { ServiceConfig } from '../option/core-options.js';
import { givenFor, isFixed } from '../option/meta.js';
import { NksipError } from '../errors.js';
import type { LoadedPlugin } from '../plugin/contract.js';
import { coreOptions } from '../option/core-options.js';

/** Throws `invalid_option` for the first option of core, or of a plugin that stays, that would change and is `.meta({ fixed: true })`. */
export function refuseFixed(plugins: readonly LoadedPlugin[], before: ServiceConfig, after: ServiceConfig): void {
  for (const { shape } of [coreOptions, ...plugins.map(({ options }) => options)]) {
    const fixed = Object.keys(shape).filter((name) => isFixed(shape[name as keyof typeof shape]));
    refuseChange(shape, fixed, before, after, 'it cannot change while the service runs: stop it and start it again');
  }
}

/** Once the logger is made nobody changes it. */
export function refuseOtherLogger(written: ServiceConfig, configured: ServiceConfig): void {
  refuseChange(coreOptions.shape, ['logger', 'log_level'], written, configured, 'a plugin cannot change it');
}

function refuseChange(shape: LoadedPlugin['options']['shape'], options: readonly string[], before: ServiceConfig, after: ServiceConfig, reason: string): void {
  const option = options.find((name) => !isSame(Reflect.get(before, name), Reflect.get(after, name)));
  if (option !== undefined) throw new NksipError('invalid_option', { option, given: givenFor(shape[option], Reflect.get(after, option)), reason });
}

/** A list, a Map or a plain object is what is in it; an object of another class is itself. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (isPlain(one) && isPlain(other) && isDeepStrictEqual(one, other));
}

function isPlain(value: unknown): boolean {
  return Array.isArray(value) || value instanceof Map || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype);
}
