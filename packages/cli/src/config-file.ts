import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { nearestName, NksipError, reasonOf } from '@nksip-ts/core';

type Table = Readonly<Record<string, unknown>>;

export interface Config {
  readonly name?: string;
  readonly options: Table;
  readonly module?: Table;
}

/** Reads options from a `.json` file, or `{ name, options, module }` from an `.mjs` one. Throws NksipError('config_file'). */
export async function readConfig(file: string): Promise<Config> {
  try {
    switch (extname(file)) {
      case '.json': return { options: table(parseJson(await readFile(file, 'utf8')), 'the file') };
      case '.mjs': return fromModule(await import(pathToFileURL(resolve(file)).href));
      default: throw new Error('it must end with .json or .mjs');
    }
  } catch (error) {
    throw new NksipError('config_file', { file, reason: plainReason(error) }, { cause: error });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const [, position] = / at position (\d+)/.exec(reasonOf(error)) ?? [];
    throw new Error(`it is no JSON: ${position === undefined ? reasonOf(error).replace(/\s+/g, ' ') : placeOf(text.slice(0, Number(position)))}`, { cause: error });
  }
}

function placeOf(before: string): string {
  const lines = before.split('\n');
  return `something is wrong in line ${lines.length} at column ${(lines.at(-1) ?? '').length + 1}`;
}

/** What an `.mjs` file may export, one by one or as its default. */
const parts = ['name', 'options', 'module'];

function fromModule(exported: unknown): Config {
  const { default: whole = {}, ...named } = table(exported, 'the module');
  const all = { ...named, ...table(whole, 'its default export') };
  const unknown = Object.keys(all).find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new Error(`it exports '${unknown}'${insteadOf(unknown)}`);
  const { name, options = {}, module } = all;
  if (Object.keys(all).length === 0) throw new Error(`it exports none of ${parts.join(', ')}`);
  if (name !== undefined && typeof name !== 'string') throw new Error("its 'name' must be a text");
  return {
    options: table(options, "its 'options'"),
    ...(name === undefined ? undefined : { name }),
    ...(module === undefined ? undefined : { module: table(module, "its 'module'") }),
  };
}

function insteadOf(unknown: string): string {
  const nearest = nearestName(unknown, parts);
  return nearest === undefined ? `, which is none of ${parts.join(', ')}` : `; did you mean '${nearest}'?`;
}

function table(value: unknown, what: string): Table {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Table;
  throw new Error(`${what} must be an object`);
}

function plainReason(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : reasonOf(error);
}
