/** RFC 5626 3.5.1: what answers a double CRLF. */
export const pong: Uint8Array = new Uint8Array([13, 10]);

/** Whether these are line ends alone: they keep a connection alive and begin no message. */
export function isLineEnds(bytes: Uint8Array): boolean {
  return bytes.every((code) => code === 13 || code === 10);
}
