import { z } from 'zod';

// What the schema of an option says of it in `.meta`.

/** What was given for an option, as an error may have it. */
export function givenFor(schema: z.core.$ZodType | undefined, value: unknown): unknown {
  return isSecret(schema) ? `[redacted ${Array.isArray(value) ? 'list' : typeof value}]` : value;
}

/** Whether nobody may read its value: `.meta({ secret: true })`. */
export function isSecret(schema: z.core.$ZodType | undefined): boolean {
  return schema !== undefined && z.globalRegistry.get(schema)?.['secret'] === true;
}

/** Whether a running service cannot change it: `.meta({ fixed: true })`. */
export function isFixed(schema: z.core.$ZodType | undefined): boolean {
  return schema !== undefined && z.globalRegistry.get(schema)?.['fixed'] === true;
}

/** What an option may be, in words, if its schema says so: `.meta({ type: 'seconds', description: '...' })`. */
export function typeOf(schema: z.core.$ZodType): string | undefined {
  const kind = z.globalRegistry.get(schema)?.['type'];
  return typeof kind === 'string' ? kind : undefined;
}

/** One option, for the reference. */
export interface OptionRow {
  readonly name: string;
  readonly type: string;
  /** As it would be written in `start`; empty where the option is unset by default. */
  readonly default: string;
  readonly description: string;
}

/** The options of core or of a plugin as rows of a table. */
export function optionRows(options: z.ZodObject): readonly OptionRow[] {
  return Object.entries(options.shape).map(([name, schema]) => {
    const { success, data } = z.safeParse(schema, undefined);
    return {
      name,
      type: typeOf(schema) ?? '',
      default: success && data !== undefined ? JSON.stringify(data) : '',
      description: z.globalRegistry.get(schema)?.description ?? '',
    };
  });
}
