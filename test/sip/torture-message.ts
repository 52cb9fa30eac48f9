/**
 * The messages of RFC 4475, each written after its section's description: what makes it a torture is the RFC's, the rest is our own.
 */

export interface TortureMessage {
  /** of RFC 4475 */
  readonly section: string;
  /** that section's title */
  readonly name: string;
  readonly bytes: Buffer;
  /**
   * What becomes of it in a UDP datagram, as far as parsing and `checkRequest` or `checkResponse` tell: the code that a request is
   * refused with, or `dropped` for a response that is no use.
   */
  readonly expect: 'accepted' | 'dropped' | number;
  /** what the layers above the parser owe to a request that was accepted, where the RFC has a word on it */
  readonly above?: string;
}

export function lines(...parts: readonly string[]): string {
  return parts.join('\r\n');
}

export const sdp = lines(
  'v=0', 'o=torture 7 7 IN IP4 192.0.2.77', 's=-', 'c=IN IP4 192.0.2.77', 't=0 0',
  'm=audio 49217 RTP/AVP 0 12', 'm=video 3227 RTP/AVP 31', 'a=rtpmap:31 LPC', '',
);

export const sdpLines = ['Content-Type: application/sdp', `Content-Length: ${sdp.length}`];

/** `head` and `body` are latin1 text: a char is a byte. */
export function torture(
  section: string, name: string, expect: TortureMessage['expect'], head: readonly string[], body = '', above?: string,
): TortureMessage {
  const bytes = Buffer.from(`${lines(...head)}\r\n\r\n${body}`, 'latin1');
  return { section, name, bytes, expect, ...(above !== undefined && { above }) };
}
