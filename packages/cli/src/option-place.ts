import { NksipError } from '@nksip-ts/core';
import { Misuse } from './command-line.js';
import type { Config } from './config-file.js';

/** Whose value is wrong where the error does not name an option. */
const optionOf: Readonly<Record<string, string>> = { invalid_listen: 'sip_listen', listen_failed: 'sip_listen', unknown_plugin: 'plugins', invalid_plugin: 'plugins' };

/** The same fault with the line of the configuration file where the option stands, if it stands there. */
export function withPlace(error: unknown, { file, text, options }: Config): unknown {
  if (!(error instanceof NksipError) || file === undefined || text === undefined) return error;
  const option = error.details['option'] ?? optionOf[error.code];
  if (typeof option !== 'string' || !Object.hasOwn(options, option)) return error;
  const at = text.search(new RegExp(`\\b${option.replace(/\W/g, '\\$&')}\\b`));
  return at < 0 ? error : new Misuse(`${error.message} It stands in ${file}, line ${text.slice(0, at).split('\n').length}.`, { cause: error });
}
