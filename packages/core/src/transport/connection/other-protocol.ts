import { isWebSocket, type ConnectionTransport } from '../transport-facts.js';

/** RFC 8446 5.1: a record with a handshake, of any version. */
export function isTls(bytes: Uint8Array): boolean {
  return bytes[0] === 0x16 && bytes[1] === 0x03;
}

const http = /^[A-Z]+ \S* HTTP\/1/;
const sip = /^\S+ \S+ SIP\/2\.0\r?\n/;

/** What a peer speaks to a port of ours that is for something else, and where to go with it; undefined: nothing that is known. */
export function otherProtocol(transport: ConnectionTransport, bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, 4096)).toString('latin1');
  const forWebSockets = isWebSocket(transport);
  if (isTls(bytes)) {
    return forWebSockets
      ? 'a peer speaks TLS to a WebSocket port without it: it must use ws://, or a port that sip_listen has with ;transport=wss'
      : 'a peer speaks TLS to a port without it: it must use a port that sip_listen has as sips:';
  }
  if (!forWebSockets && http.test(text)) return 'a peer speaks HTTP to a port for SIP: for WebSockets it must use a port that sip_listen has with ;transport=ws or wss';
  if (forWebSockets && sip.test(text)) return 'a peer speaks SIP without WebSocket to a WebSocket port: it must use a port that sip_listen has without ;transport=ws or wss';
  return undefined;
}
