import { entryText, NksipError, printableJson } from '@nksip-ts/core';
import { stackOf, type LineOf } from './line-log.js';

/** Characters of one line at most, unless its message alone is longer. */
const longestLine = 262_144;

/** For programs: a line of JSON an entry, with time (UTC), level, service, message, and worker if there are several; what else is known stands beside them. */
export function jsonLines(withStacks: boolean, service: string, worker?: number): LineOf {
  return (level, fields, message) => {
    const own = { time: new Date().toISOString(), level, service, ...(worker === undefined ? undefined : { worker }), message: entryText(message) };
    const line = withFields(own, fields, withStacks && level === 'error');
    return `${printableJson(line === undefined || line.length > longestLine ? JSON.stringify(own) : line)}\n`;
  };
}

/** No field takes the place of what every entry has. Undefined for fields that are no JSON. */
function withFields(own: object, fields: object, withStack: boolean): string | undefined {
  try {
    return JSON.stringify({ ...own, ...fields, ...own }, (_name, value: unknown) => value instanceof Error ? errorFields(value, withStack) : value);
  } catch {
    return undefined;
  }
}

function errorFields(error: Error, withStack: boolean): object {
  const code = error instanceof NksipError ? { code: error.code } : undefined;
  return { name: error.name, ...code, message: error.message, ...(withStack ? { stack: stackOf(error) } : undefined) };
}
