import { NksipError } from '@nksip-ts/core';
import { Misuse } from './command-line.js';

/** Where the options stand that a configuration file gives, by name. */
export type Places = Readonly<Record<string, string>>;

/** Whose value is wrong where the error does not name an option. */
const optionOf: Readonly<Record<string, string>> = { invalid_listen: 'sip_listen', listen_failed: 'sip_listen', unknown_plugin: 'plugins', invalid_plugin: 'plugins' };

/** Rejects with the same fault, and where the option stands whose value is wrong. */
export async function placed<T>(places: Places, task: Promise<T>): Promise<T> {
  return await task.catch((error: unknown) => { throw withPlace(error, places); });
}

/** Without those whose option the command line gives. */
export function placesUnder(flags: object, places: Places): Places {
  return Object.fromEntries(Object.entries(places).filter(([option]) => !Object.hasOwn(flags, option)));
}

/** How the environment says an option. */
export function variableOf(option: string): string {
  return `NKSIP_TS_${option.toUpperCase()}`;
}

export function inVariable(option: string): string {
  return `the environment variable ${variableOf(option)}`;
}

export function withPlace(error: unknown, places: Places): unknown {
  if (!(error instanceof NksipError)) return error;
  const { option: named, nearest } = error.details;
  const option = String(named ?? optionOf[error.code]);
  if (error.code === 'unknown_option' && typeof nearest === 'string' && Object.hasOwn(places, option) && places[option] === inVariable(option)) {
    return new Misuse(`There is no option for ${inVariable(option)}. Did you mean ${variableOf(nearest)}?`, { cause: error });
  }
  return Object.hasOwn(places, option) ? new Misuse(`${error.message} It stands in ${places[option]}.`, { cause: error }) : error;
}
