import { optionChecker } from '@nksip-ts/core';
import { Misuse, texts, type Parsed } from '../command-line/command-line.js';
import { placed, type Places } from '../command-line/option-place.js';
import { withAsked } from './default-options.js';

type Options = Readonly<Record<string, unknown>>;

/** Options of a service by name, as somebody typed them. */
export type Typed = ReadonlyMap<string, string>;

/**
 * `--set NAME=VALUE`, again and again: options of a service by name, beside `others`, which stand at `places`. Rejects with Misuse, or as
 * `start` does for a plugin that is in none of `folders`.
 */
export async function setFlagOptions(parsed: Parsed, others: Options, folders: readonly string[], places: Places = {}): Promise<Options> {
  return await typedOptions(new Map(texts(parsed, 'set').map(nameAndText)), others, folders, places);
}

/** The same for options that are typed elsewhere. */
export async function typedOptions(given: Typed, others: Options, folders: readonly string[], places: Places = {}): Promise<Options> {
  if (given.size === 0) return {};
  const plugins = given.has('plugins') ? names(given.get('plugins') ?? '') : others['plugins'];
  const canBe = await placed(given.has('plugins') ? {} : places, optionChecker(Array.isArray(plugins) ? withAsked(plugins, given.keys()) : [], folders));
  return Object.fromEntries([...given].map(([name, text]) => [name, name === 'plugins' ? plugins : valueFor(text, (value) => canBe(name, value))]));
}

function nameAndText(setting: string): [name: string, text: string] {
  const [, name, text] = /^([^=]+)=(.*)$/s.exec(setting) ?? [];
  if (name === undefined || text === undefined) throw new Misuse(`--set wants NAME=VALUE, not '${setting}'.`);
  return [name, text];
}

/** What the text reads as, unless the option cannot be that and can be the text: a password may look like a number. */
function valueFor(text: string, canBe: (value: unknown) => boolean | undefined): unknown {
  const value = valueOf(text);
  return canBe(value) === false && canBe(text) === true ? text : value;
}

/** A number, true, false, a list, an object or a quoted text, if it reads as one in JSON; else the text as it stands. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) ?? text;
  } catch {
    return text;
  }
}

/** `a,b` for what `start` wants as a list. */
function names(text: string): unknown {
  const value = valueOf(text);
  return typeof value === 'string' ? value.split(',').map((name) => name.trim()) : value;
}
