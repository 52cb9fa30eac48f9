import type { z } from 'zod';
import { coreOptions } from '../option/core-options.js';
import { isSecret } from '../option/meta.js';
import { registeredPlugins } from '../plugin/registry.js';

const mask = '********';

/** The options of a configuration as anybody may see them: those that are set, secrets masked, and nothing that is no data. */
export function shownOptions(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const shapes = [coreOptions, ...registeredPlugins().map(({ options }) => options)].map(({ shape }) => shape as Readonly<Record<string, z.core.$ZodType>>);
  const shown = Object.entries(config).flatMap(([name, value]) => {
    const schema = shapes.find((shape) => Object.hasOwn(shape, name))?.[name];
    if (value === undefined || schema === undefined || name === 'logger') return [];
    return [[name, isSecret(schema) ? mask : value] as const];
  });
  return Object.fromEntries(shown);
}
