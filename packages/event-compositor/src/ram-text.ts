/** Begins a text that is not written as it is. */
const ESCAPED = '\0';

/** A text that has a byte for each character. No two texts have the same; most are their own. */
export function byteText(text: string): string {
  return isByteText(text) ? text : ESCAPED + Buffer.from(text, 'utf16le').toString('latin1');
}

export function textOfByteText(written: string): string {
  return written.startsWith(ESCAPED) ? Buffer.from(written.slice(1), 'latin1').toString('utf16le') : written;
}

function isByteText(text: string): boolean {
  let all = 0;
  for (let i = 0; i < text.length; i++) all |= text.charCodeAt(i);
  return all <= 0xff && !text.startsWith(ESCAPED);
}
