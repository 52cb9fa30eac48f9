import type { z } from 'zod';
import { typeOf } from './meta.js';

/** Sentences of zod itself: they say of its types what the kind of an option says in words. */
const jargon = /^(?:Invalid (?:input|option|key)|Too (?:small|big)\b)/;

/** What would be right in the place of what was `given` for an option. */
export function whatIsRight(issue: z.core.$ZodIssue | undefined, schema: z.core.$ZodType | undefined, given: unknown): string {
  const kind = schema === undefined ? undefined : typeOf(schema);
  const own = issue === undefined ? '' : ownMessage(issue);
  if (kind === undefined) return own === '' ? typeWanted(issue) : own;
  return own === '' ? `it must be ${wholeNumber(kind)}${hint(kind, given)}` : `${own} (${kind})`;
}

function ownMessage(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom' && issue.message === 'Invalid input') return '';
  const message = issue.code === 'invalid_key' ? issue.issues[0]?.message ?? '' : issue.message;
  return jargon.test(message) ? '' : message.replace(/^./, (first) => first.toLowerCase());
}

const typeWords: Readonly<Record<string, string>> = { string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', array: 'a list', object: 'an object', record: 'an object' };

/** Of an option that has no kind in words. */
function typeWanted(issue: z.core.$ZodIssue | undefined): string {
  return issue?.code === 'invalid_type' ? `it must be ${typeWords[issue.expected] ?? issue.expected}` : (issue?.message ?? '').replace(/^./, (first) => first.toLowerCase());
}

function wholeNumber(kind: string): string {
  return kind.replace(/^(milliseconds|seconds|bytes), /, 'a whole number of $1, ').replace(/^a number, /, 'a whole number, ');
}

/** Milliseconds of the units in which people write a time. */
const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, sec: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

function hint(kind: string, given: unknown): string {
  if (typeof given !== 'string') return '';
  const isNumber = /^(?:milliseconds|seconds|bytes|a number), /.test(kind) && /^\d{1,15}$/.test(given);
  if (isNumber || (kind === 'true or false' && /^(?:true|false)$/.test(given))) return `; write ${given} without quotes`;
  const [, amount, unit = ''] = /^(\d{1,9}) ?([a-z]+)$/.exec(given) ?? [];
  const [, wanted] = /^(milliseconds|seconds), /.exec(kind) ?? [];
  if (wanted === undefined || amount === undefined || !Object.hasOwn(units, unit)) return '';
  return `; write ${Math.ceil(Number(amount) * (units[unit] ?? 0) / (wanted === 'seconds' ? 1000 : 1))}`;
}
