import { coreCallbacks, coreOptions } from '@nksip-ts/core';
import { options as compositorOptions } from '@nksip-ts/event-compositor';
import { options as lmdbOptions } from '@nksip-ts/event-store-lmdb';
import { options as redisOptions } from '@nksip-ts/event-store-redis';
import { options as registrarOptions } from '@nksip-ts/registrar';
import { isFixed, optionRows } from '../../packages/core/src/option/meta.js';
import { publishOptions, requestOptions } from '../../packages/core/src/uac/request-options.js';

// What an editor shows at a name that is written in a program: interfaces with the texts of the reference as comments. TypeScript
// shows them when such an interface is intersected with the type that says what is allowed.

/** A source file that is made. */
export interface HoverFile {
  /** From the root of the project. */
  readonly file: string;
  readonly text: string;
}

/** Texts by name. */
type Texts = readonly (readonly [name: string, lines: readonly string[]])[];

export function hoverFiles(): readonly HoverFile[] {
  return [
    made('core/src/option/option-texts', ['CoreOptionTexts', optionTexts(coreOptions)]),
    made('core/src/callback/callback-texts', ['CoreCallbackTexts', callbackTexts()]),
    made('core/src/uac/request-option-texts', ['RequestOptionTexts', optionTexts(requestOptions)], ['PublishOptionTexts', optionTexts(publishOptions)]),
    made('event-compositor/src/option-texts', ['CompositorOptionTexts', optionTexts(compositorOptions)]),
    made('event-store-lmdb/src/option-texts', ['LmdbOptionTexts', optionTexts(lmdbOptions)]),
    made('event-store-redis/src/option-texts', ['RedisOptionTexts', optionTexts(redisOptions)]),
    made('registrar/src/option-texts', ['RegistrarOptionTexts', optionTexts(registrarOptions)]),
  ];
}

function optionTexts(options: Parameters<typeof optionRows>[0]): Texts {
  return optionRows(options).map((row) => [row.name, [
    row.description,
    `Value: ${row.type}.${row.default === '' ? '' : ` Default: ${row.default}.`}`,
    ...(isFixed(options.shape[row.name]) ? ['It cannot change while the service runs.'] : []),
  ]]);
}

function callbackTexts(): Texts {
  return Object.entries(coreCallbacks).map(([name, row]) => [name, [row.doc, `Answer: ${row.result}. Default: ${row.otherwise}.`]]);
}

function made(path: string, ...interfaces: readonly (readonly [name: string, texts: Texts])[]): HoverFile {
  const bodies = interfaces.map(([name, texts]) => `export interface ${name} {\n${texts.map(([key, lines]) => member(key, lines)).join('\n')}\n}\n`);
  return { file: `packages/${path}.ts`, text: ["// Written by 'npm run docs': what an editor shows at these names.\n", ...bodies].join('\n') };
}

function member(name: string, lines: readonly string[]): string {
  const comment = lines.map((line) => `   * ${line.replaceAll('*/', '*\\/')}`).join('\n   *\n');
  return `  /**\n${comment}\n   */\n  readonly ${name}?: unknown;`;
}
