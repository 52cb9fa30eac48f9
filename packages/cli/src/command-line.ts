import { parseArgs, type ParseArgsConfig } from 'node:util';
import { nearestName, NksipError } from '@nksip-ts/core';

/** What the command line got wrong: one sentence for the person at the keyboard, exit code 1. */
export class Misuse extends Error {}

type Flags = NonNullable<ParseArgsConfig['options']>;

export interface Parsed {
  readonly flags: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly words: readonly string[];
}

/** Reads the arguments of one command; throws Misuse naming the nearest flag. */
export function readArguments(args: readonly string[], options: Flags): Parsed {
  const known: Flags = { ...options, help: { type: 'boolean', short: 'h' } };
  const { tokens } = parseArgs({ args: [...args], options: known, allowPositionals: true, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (flag === undefined) throw unknownFlag(token.rawName, Object.keys(known));
    if (flag.type === 'string' && token.value === undefined) throw new Misuse(`${token.rawName} wants a value.`);
    if (flag.type === 'boolean' && token.value !== undefined) throw new Misuse(`${token.rawName} takes no value.`);
  }
  const { values, positionals } = parseArgs({ args: [...args], options: known, allowPositionals: true });
  return { flags: values, words: positionals };
}

function unknownFlag(given: string, known: readonly string[]): Misuse {
  const nearest = nearestName(given.replace(/^-+/, ''), known);
  return new Misuse(`There is no ${given}.${nearest === undefined ? ' See --help.' : ` Did you mean --${nearest}?`}`);
}

/** The one URI that a command works on. */
export function oneUri(words: readonly string[], command: string): string {
  const [uri, ...rest] = words;
  if (uri === undefined) throw new Misuse(`Say where to: nksip-ts ${command} sip:user@host`);
  if (rest.length > 0) throw new Misuse(`'${rest.join(' ')}' is one argument too many.`);
  return uri;
}

export function text(parsed: Parsed, name: string): string | undefined {
  const value = parsed.flags[name];
  return typeof value === 'string' ? value : undefined;
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
