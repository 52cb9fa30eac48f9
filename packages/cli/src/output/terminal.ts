import { printable, printableJson } from '@nksip-ts/core';

/** Prints lines on standard output, for whoever reads what was asked for. Whoever wrote what is in them, no control character is shown. */
export function print(...lines: readonly string[]): void {
  process.stdout.write(shown(lines));
}

/** The same for a text of several lines. */
export function printPage(text: string): void {
  print(...text.trimEnd().split('\n'));
}

/** Prints each on a line of JSON. */
export function printJson(items: readonly object[]): void {
  process.stdout.write(items.map((item) => `${printableJson(JSON.stringify(item))}\n`).join(''));
}

/** The same on standard error, for the person who waits. */
export function tell(...lines: readonly string[]): void {
  process.stderr.write(shown(lines));
}

function shown(lines: readonly string[]): string {
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** Writes bytes on standard output as they are: for whoever asked for a document, and for nothing else. */
export function printRaw(bytes: Uint8Array): void {
  process.stdout.write(bytes);
}
