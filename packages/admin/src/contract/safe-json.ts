import { printableJson } from '@nksip-ts/core';

/** JSON in which nothing of what strangers wrote does anything where it is shown, in a terminal or in a page: control characters and `<` are escaped. */
export function safeJson(value: unknown): string {
  return printableJson(JSON.stringify(value)).replaceAll('<', '\\u003c');
}
