import { isUtf8 } from 'node:buffer';

/** The text of a file. Throws an Error where it is no UTF-8: what would stand in the place of the rest is another name, or another password. */
export function utf8Text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Error(`line ${badLine(bytes)} is no UTF-8`);
  return bytes.toString('utf8');
}

/** From 1 up. */
function badLine(bytes: Buffer): number {
  let line = 1;
  for (let start = 0, end = bytes.indexOf('\n'); end !== -1 && isUtf8(bytes.subarray(start, end)); end = bytes.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return line;
}
