import fc from 'fast-check';

/** What must never be printed as it is. Written out here, so that it does not agree with the code by itself. */
export const hidden = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const seeds = ['\x1b[31m', '\x1b]0;title\x07', '\x9b31m', '\x7f', '\b\b\b', '\u202e', '\u2066', '\u200f', '\u061c', '\u2028', '\x85', '\r', '\n', '\r\n', '\t', '\\', 'plain', 'é', '🙂',
  '12:00:00.000 error forged', '{"level":50,"msg":"forged"}'];

/** Texts of somebody who means it. */
export const hostile: fc.Arbitrary<string> = fc.array(fc.oneof(fc.constantFrom(...seeds), fc.string({ unit: 'binary', maxLength: 8 })), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''));
