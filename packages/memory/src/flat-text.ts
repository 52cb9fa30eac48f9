/** A copy of a latin1 text, one char a byte. It does not hold on to the text that it was cut out of, most often the head of a whole message, or to those that it was put together from. */
export function flatText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}
