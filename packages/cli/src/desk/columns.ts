import { printable } from '@nksip-ts/core';

/** Rows under a head, a column as wide as its longest cell; those whose head ends in a blank have numbers, and are aligned on the right. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const cells = [head.map((name) => name.trimEnd()), ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, column) => head[column]?.endsWith(' ') === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
}

/** Names and what they have, in two columns. */
export function facts(rows: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}`);
}
