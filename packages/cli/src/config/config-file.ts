import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { nearestName, NksipError } from '@nksip-ts/core';
import { exitCodes } from '../command-line/exit-codes.js';
import './errors.js';
import { systemReason } from './file-reason.js';
import { utf8Text } from './utf8-text.js';
import { importReason } from './import-reason.js';
import { JsonFault, parseJson } from './json-text.js';
import type { Places } from '../command-line/option-place.js';
import { tell } from '../output/terminal.js';

type Table = Readonly<Record<string, unknown>>;

export interface Config {
  /** Where it was read. */
  readonly file?: string;
  readonly name?: string;
  readonly options: Table;
  readonly places: Places;
  readonly module?: Table;
}

/** Whether it is nothing but data, which can be read again, and sent to another process. */
export function isData({ file = '' }: Config): boolean {
  return extname(file) !== '.mjs';
}

/** Reads options from a `.json` file, or `{ name, options, module }` from an `.mjs` one; without a file there are none. Throws NksipError('config_file'). */
export async function readConfig(file: string | undefined): Promise<Config> {
  if (file === undefined) return { options: {}, places: {} };
  try {
    // Of any file: what keeps it from being read is told in the same words.
    const bytes = await readFile(file);
    switch (extname(file)) {
      case '.json': return { file, ...fromJson(file, utf8Text(bytes)) };
      case '.mjs': return { file, ...fromModule(file, await imported(file)) };
      default:
        // A folder, or what is not there, has a sentence of its own.
        await readFile(file);
        throw new Error('it must end with .json or .mjs');
    }
  } catch (error) {
    throw new NksipError('config_file', { file, reason: systemReason(error) }, { cause: error });
  }
}

function fromJson(file: string, text: string): Config {
  try {
    const { value, names } = parseJson(text);
    return { options: table(value, 'the file', ', for example { "sip_listen": "sip:all:5060" }'), places: Object.fromEntries([...names].map(([name, at]) => [name, `${file}, line ${lineAt(text, at)}`])) };
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new Error(`line ${lineAt(text, error.at)}, column ${error.at - text.lastIndexOf('\n', error.at - 1)}: ${error.message}`, { cause: error });
  }
}

/** From 1 up. */
function lineAt(text: string, at: number): number {
  return text.slice(0, at).split('\n').length;
}

async function imported(file: string): Promise<unknown> {
  const path = resolve(file);
  const neverEnds = (): void => {
    tell(`nksip-ts: ${new NksipError('config_file', { file, reason: 'an await outside of functions, in it or in what it imports, never ends' }).message}`);
    process.exit(exitCodes.misuse);
  };
  // With nothing left to wait for Node.js ends the process without a word of which file it was.
  process.once('beforeExit', neverEnds);
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    const place = placeIn(error) ?? (error instanceof SyntaxError ? await placeOfSyntaxError(path) : undefined);
    throw new Error(`${place === undefined ? '' : `${place}: `}${importReason(error)}`, { cause: error });
  } finally {
    process.off('beforeExit', neverEnds);
  }
}

/** Where the packages of this project are. */
const ours = new URL('../../', import.meta.resolve('@nksip-ts/core')).href;

/** The first file, line and perhaps column that the stack names, but for those of ours. */
function placeIn(error: unknown): string | undefined {
  const frames = (error instanceof Error ? error.stack ?? '' : '').matchAll(/(file:\/\/[^\s?)]+?):(\d+)(?::(\d+))?(?![\d:])/g);
  const [, url, line, column] = [...frames].find(([, file = '']) => !file.startsWith(ours)) ?? [];
  return url === undefined || line === undefined ? undefined : placeText(fileURLToPath(url), line, column);
}

function placeText(file: string, line: string, column?: string): string {
  return `${file}, line ${line}${column === undefined ? '' : `, column ${column}`}`;
}

/** Node.js tells the line of a syntax error to whoever checks a file, and to nobody who imports it. */
async function placeOfSyntaxError(path: string): Promise<string> {
  const error: unknown = await promisify(execFile)(process.execPath, ['--check', path]).catch((thrown: unknown) => thrown);
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
  const [, line] = /:(\d+)\r?$/m.exec(stderr) ?? [];
  return line === undefined ? 'a file that it imports' : placeText(path, line);
}

/** What an `.mjs` file may export, one by one or as its default. */
const parts = ['name', 'options', 'module'];

function fromModule(file: string, exported: unknown): Config {
  const { default: whole = {}, ...named } = table(exported, 'the module');
  const all = { ...named, ...table(whole, 'its default export') };
  const unknown = Object.keys(all).find((part) => !parts.includes(part));
  if (unknown !== undefined) throw new Error(`it exports '${unknown}'${insteadOf(unknown)}`);
  const { name, module } = all;
  const options = table(all['options'] ?? {}, "its 'options'");
  if (Object.keys(all).length === 0) throw new Error(`it exports none of ${parts.join(', ')}`);
  if (name !== undefined && typeof name !== 'string') throw new Error("its 'name' must be a text");
  return {
    options,
    places: Object.fromEntries(Object.keys(options).map((option) => [option, file])),
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
