import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NksipError, reasonOf } from '@nksip-ts/core';

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
      case '.json': return { options: table(JSON.parse(await readFile(file, 'utf8')), 'the file') };
      case '.mjs': return fromModule(await import(pathToFileURL(resolve(file)).href));
      default: throw new Error('it must end with .json or .mjs');
    }
  } catch (error) {
    throw new NksipError('config_file', { file, reason: plainReason(error) }, { cause: error });
  }
}

function fromModule(exported: unknown): Config {
  const all = table(exported, 'the module');
  const { name, options = {}, module } = 'default' in all ? table(all['default'], 'its default export') : all;
  if (name !== undefined && typeof name !== 'string') throw new Error("its 'name' must be a text");
  return {
    options: table(options, "its 'options'"),
    ...(name === undefined ? undefined : { name }),
    ...(module === undefined ? undefined : { module: table(module, "its 'module'") }),
  };
}

function table(value: unknown, what: string): Table {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Table;
  throw new Error(`${what} must be an object`);
}

function plainReason(error: unknown): string {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'there is no such file' : reasonOf(error);
}
