// As much of DER (X.690 8 to 11) as a certificate is written in: each function returns a tag, a length and what is in it.

function element(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

/** X.690 8.1.3: one byte, or the number of those that follow. */
function lengthBytes(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...parts: readonly Buffer[]): Buffer => element(0x30, Buffer.concat(parts));
export const set = (...parts: readonly Buffer[]): Buffer => element(0x31, Buffer.concat(parts));
/** `bytes`: two's complement, the shortest. */
export const integer = (bytes: Buffer): Buffer => element(0x02, bytes);
export const boolean = (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0]));
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text));
export const octets = (content: Buffer): Buffer => element(0x04, content);
/** `unused`: of the last byte, from the lowest bit. */
export const bits = (content: Buffer, unused = 0): Buffer => element(0x03, Buffer.concat([Buffer.from([unused]), content]));
/** A tag that its context gives a meaning: around other elements, or instead of a tag of its own. */
export const around = (tag: number, content: Buffer): Buffer => element(0xa0 | tag, content);
export const instead = (tag: number, content: Buffer): Buffer => element(0x80 | tag, content);

/** An identifier such as '2.5.29.17'. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(0x06, Buffer.from([40 * first + second, ...rest.flatMap(sevenBits)]));
}

/** Seven bits a byte, the highest first, and the eighth bit in all but the last. */
function sevenBits(number: number): number[] {
  return number < 0x80 ? [number] : [...sevenBits(number >> 7).map((byte) => byte | 0x80), number & 0x7f];
}

/** RFC 5280 4.1.2.5: two digits of the year through 2049, four from then on. `time`: milliseconds. */
export function time(time: number): Buffer {
  const text = `${new Date(time).toISOString().replace(/\.\d+Z$/, '').replace(/[-:T]/g, '')}Z`;
  return text < '2050' ? element(0x17, Buffer.from(text.slice(2))) : element(0x18, Buffer.from(text));
}
