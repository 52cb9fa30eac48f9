import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { nearestName, NksipError, reasonOf } from '@nksip-ts/core';
import { importReason } from './import-reason.js';
import { JsonFault, parseJson } from './json-text.js';

type Table = Readonly<Record<string, unknown>>;

export interface Config {
  /** Where it was read, and what was read. */
  readonly file?: string;
  readonly text?: string;
  readonly name?: string;
  readonly options: Table;
  readonly module?: Table;
}

/**
 * Reads options from a `.json` file, or `{ name, options, module }` from an `.mjs` one; answers `before` where the file is the same still.
 * Throws NksipError('config_file').
 */
export async function readConfig(file: string, before?: Config): Promise<Config> {
  try {
    const text = await readFile(file, 'utf8');
    if (text === before?.text) return before;
    switch (extname(file)) {
      case '.json': return { file, text, options: table(jsonOf(text), 'the file', ', for example { "sip_listen": "sip:all:5060" }') };
      case '.mjs': return { file, text, ...fromModule(await imported(file, before === undefined ? '' : `?${hash('sha256', text).slice(0, 16)}`)) };
      default: throw new Error('it must end with .json or .mjs');
    }
  } catch (error) {
    throw new NksipError('config_file', { file, reason: plainReason(error) }, { cause: error });
  }
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    const before = text.slice(0, error.at).split('\n');
    throw new Error(`line ${before.length}, column ${(before.at(-1) ?? '').length + 1}: ${error.message}`, { cause: error });
  }
}

/** `version`: a module is loaded once for each. */
async function imported(file: string, version: string): Promise<unknown> {
  const { href } = pathToFileURL(resolve(file));
  try {
    return await import(href + version);
  } catch (error) {
    const place = placeIn(error) ?? (error instanceof SyntaxError ? await placeOfSyntaxError(file) : undefined);
    throw new Error(`${place === undefined ? '' : `${place}: `}${importReason(error)}`, { cause: error });
  }
}

/** The first file, line and perhaps column that the stack names. */
function placeIn(error: unknown): string | undefined {
  const [, url, line, column] = /(file:\/\/[^\s?)]+?)(?:\?\w+)?:(\d+)(?::(\d+))?(?![\d:])/.exec(error instanceof Error ? error.stack ?? '' : '') ?? [];
  return url === undefined || line === undefined ? undefined : placeText(fileURLToPath(url), line, column);
}

function placeText(file: string, line: string, column?: string): string {
  return `${file}, line ${line}${column === undefined ? '' : `, column ${column}`}`;
}

/** Node.js tells the line of a syntax error to whoever checks a file, and to nobody who imports it. */
async function placeOfSyntaxError(file: string): Promise<string> {
  const error: unknown = await promisify(execFile)(process.execPath, ['--check', file]).catch((thrown: unknown) => thrown);
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const [, line] = /:(\d+)\r?$/m.exec(stderr) ?? [];
  return line === undefined ? 'a file that it imports' : placeText(resolve(file), line);
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

function table(value: unknown, what: string, example = ''): Table {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Table;
  throw new Error(`${what} must be an object${example}`);
}

const systemReasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'the user who runs this may not read it',
};

function plainReason(error: unknown): string {
  const code = error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : '';
  return systemReasons[code] ?? reasonOf(error);
}
