import { hash } from 'node:crypto';
import { isSameText } from './algorithm.js';

/** What a nonce says: the how-manieth of its service it is, and when it was made (milliseconds since 1970). */
export interface Nonce {
  readonly serial: number;
  readonly made: number;
}

const macLength = 32;
const timeLength = 12;
const form = /^[0-9a-f]{45,60}$/;

/**
 * A nonce as RFC 7616 3.3 advises: time and serial, and a keyed hash over these and the realm. Nobody else can make one, and it takes no
 * memory to know one again. The hash is cut to half its length, so that nobody can continue it.
 */
export function writeNonce(secret: string, realm: string, { serial, made }: Nonce): string {
  const tail = made.toString(16).padStart(timeLength, '0') + serial.toString(16);
  return macOf(secret, realm, tail) + tail;
}

/** Undefined unless it was made under this secret for this realm. */
export function readNonce(secret: string, realm: string, text: string): Nonce | undefined {
  if (!form.test(text)) return undefined;
  const tail = text.slice(macLength);
  if (!isSameText(text.slice(0, macLength), macOf(secret, realm, tail))) return undefined;
  return { made: Number.parseInt(tail.slice(0, timeLength), 16), serial: Number.parseInt(tail.slice(timeLength), 16) };
}

function macOf(secret: string, realm: string, tail: string): string {
  return hash('sha256', `${secret}\n${tail}\n${realm}`).slice(0, macLength);
}
