/** What Buffer has beside its documented methods, which look at their arguments and then call these: 100 bytes and 20 ns less each. */
interface Direct {
  latin1Slice?(start: number, end: number): string;
  latin1Write?(text: string, at: number): number;
  utf8Write?(text: string, at: number): number;
}

/** The bytes from `start` to `end` as text, one char a byte. */
export function readLatin1(bytes: Buffer & Direct, start: number, end: number): string {
  return bytes.latin1Slice?.(start, end) ?? bytes.toString('latin1', start, end);
}

/** Writes a text at `at`, where there is room for it; answers how many bytes that took. */
export function writeLatin1(bytes: Buffer & Direct, text: string, at: number): number {
  return bytes.latin1Write?.(text, at) ?? bytes.write(text, at, 'latin1');
}

/** The same as UTF-8. */
export function writeUtf8(bytes: Buffer & Direct, text: string, at: number): number {
  return bytes.utf8Write?.(text, at) ?? bytes.write(text, at, 'utf8');
}
