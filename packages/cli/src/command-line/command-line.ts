import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearestName, NksipError } from '@nksip-ts/core';
import { parseUri } from '@nksip-ts/sip';

/** What the command line got wrong: one sentence for the person at the keyboard, exit code 1. */
export class Misuse extends Error {}

type Flag = NonNullable<ParseArgsConfig['options']>[string] & {
  /** The value of one that stands alone. */
  readonly usual?: string;
};
type Flags = Readonly<Record<string, Flag>>;

export interface Parsed {
  readonly flags: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly words: readonly string[];
}

/** Reads the arguments of one command; throws Misuse naming the nearest flag. */
export function readArguments(args: readonly string[], options: Flags): Parsed {
  const known: Flags = { ...options, help: { type: 'boolean', short: 'h' } };
  // Not strict: what node says of a mistake is several lines long.
  const { tokens, values, positionals } = parseArgs({ args: withUsual(args, known), options: known, allowPositionals: true, strict: false, tokens: true });
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    checkFlag(token, known, seen.has(token.name));
    seen.add(token.name);
  }
  return { flags: values, words: positionals };
}

/** Gives a flag that stands alone, and need not, its usual value. */
function withUsual(args: readonly string[], known: Flags): string[] {
  return args.map((arg, at) => {
    const next = args[at + 1];
    const usual = arg.startsWith('--') && Object.hasOwn(known, arg.slice(2)) ? known[arg.slice(2)]?.usual : undefined;
    return usual === undefined || (next !== undefined && !next.startsWith('-')) ? arg : `${arg}=${usual}`;
  });
}

interface FlagToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkFlag({ name, rawName, value, inlineValue }: FlagToken, known: Flags, again: boolean): void {
  const flag = Object.hasOwn(known, name) ? known[name] : undefined;
  if (flag === undefined) throw unknownFlag(rawName, Object.keys(known));
  if (flag.type === 'boolean' && value !== undefined) throw new Misuse(`${rawName} takes no value.`);
  if (flag.type === 'boolean') return;
  if (value === undefined) throw new Misuse(`${rawName} wants a value.`);
  if (value === '') throw new Misuse(`${rawName} is empty: give it a value, or leave it out.`);
  // A negative number is no flag.
  if (inlineValue !== true && /^-\D/.test(value)) throw new Misuse(`${rawName} wants a value; if '${value}' is meant to be one, write '${rawName}=${value}'.`);
  if (again && flag.multiple !== true) throw new Misuse(`${rawName} is given twice${lists.has(name) ? ': write its values with a comma between them' : ', and takes one value'}.`);
}

/** Flags whose value is a list. */
const lists: ReadonlySet<string> = new Set(['listen', 'events']);

/** What other commands call a flag of ours. */
const otherNames: Readonly<Record<string, string>> = {
  port: 'listen', host: 'listen', bind: 'listen', address: 'listen', password: 'pass', username: 'user', etag: 'if-match', file: 'config', verbose: 'trace',
};

function unknownFlag(given: string, known: readonly string[]): Misuse {
  const name = given.replace(/^-+/, '');
  const other = Object.hasOwn(otherNames, name) ? otherNames[name] : undefined;
  const nearest = other !== undefined && known.includes(other) ? other : nearestName(name, known);
  return new Misuse(`There is no ${given}.${nearest === undefined ? insteadOf(name, known) : ` Did you mean --${nearest}?`}`);
}

function insteadOf(name: string, known: readonly string[]): string {
  if (name === 'version') return ' Write nksip-ts --version.';
  if (!known.includes('set')) return ' See --help.';
  return /^(?:sip|tls|dns|log)_|^plugins$/.test(name) ? ` An option of the service is given with --set ${name}=VALUE.` : ' See --help; any option of docs/options.md is given with --set NAME=VALUE.';
}

/** The one URI that a command works on. */
export function oneUri(words: readonly string[], command: string): string {
  const [uri, ...rest] = words;
  if (uri === undefined) throw new Misuse(`Say where to: nksip-ts ${command} sip:user@host`);
  if (rest.length > 0) throw new Misuse(`'${rest.join(' ')}' is one argument too many.`);
  if (parseUri(uri) !== undefined) return uri;
  // Most that is no URI is one without its scheme.
  const isBare = parseUri(`sip:${uri}`) !== undefined;
  throw isBare ? new Misuse(`'${uri}' is not a SIP URI. Did you mean 'sip:${uri}'?`) : new NksipError('invalid_uri', { uri });
}

export function text(parsed: Parsed, name: string): string | undefined {
  const value = parsed.flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** The values of a flag that may be given again. */
export function texts(parsed: Parsed, name: string): readonly string[] {
  const values = parsed.flags[name];
  return Array.isArray(values) ? values.map(String) : [];
}

/** A whole number of seconds from 0 to 4294967295. */
export function seconds(parsed: Parsed, name: string): number | undefined {
  const value = text(parsed, name);
  if (value === undefined) return undefined;
  if (!/^\d{1,10}$/.test(value) || Number(value) > 4_294_967_295) throw new Misuse(`--${name} wants a number of seconds, not '${value}'.`);
  return Number(value);
}

/** The sentence for a fault that a person at the keyboard can mend; undefined: a defect of ours. */
export function sentenceOf(error: unknown): string | undefined {
  return error instanceof Misuse || error instanceof NksipError ? error.message : undefined;
}
