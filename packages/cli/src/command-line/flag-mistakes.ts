import { NksipError } from '@nksip-ts/core';
import { Misuse } from './command-line.js';

type Options = Readonly<Record<string, unknown>>;

/** Flags of `serve` that are no option of a service, as somebody may write them among the options. */
const flagsAlone: Readonly<Record<string, string>> = { workers: '--workers N', log_format: '--log-format json', 'log-format': '--log-format json', config: '--config FILE' };

/** Throws NksipError('unknown_option') where the options have what only the command line can say. */
export function refuseFlags(options: Options): void {
  const option = Object.keys(options).find((name) => Object.hasOwn(flagsAlone, name));
  if (option !== undefined) throw new NksipError('unknown_option', { option, instead: `it is a flag of the command line: ${flagsAlone[option] ?? ''}` });
}

/** Of flags that are not called as their option is. */
const flagNames: Readonly<Record<string, string>> = { sip_users_file: 'users', sip_admin_listen: 'admin' };

/** A flag and --set that both say what an option is. */
export function refuseBoth(flagged: Options, set: Options): void {
  const option = Object.keys(flagged).find((name) => Object.hasOwn(set, name));
  if (option !== undefined) throw new Misuse(`--${flagNames[option] ?? option.replace(/^sip_/, '').replace('_', '-')} and --set ${option}=... say the same thing: leave one of them out.`);
}
