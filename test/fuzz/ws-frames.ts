import { anyMessage } from './mutations.ts';
import type { Random } from './random.ts';

const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export const upgradeRequest = Buffer.from([
  'GET / HTTP/1.1', 'Host: 127.0.0.2', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: sip', '', '',
].join('\r\n'));

/** Requests for an upgrade that are none, or not quite. */
export function upgradeRubbish(random: Random): Buffer {
  if (random.once(3)) return anyMessage(random);
  const lines = upgradeRequest.toString().split('\r\n');
  const at = random.below(lines.length);
  const changed = random.pick(['', 'X: y', `X: ${'y'.repeat(random.size(20_000))}`, 'Sec-WebSocket-Protocol: xmpp', 'Sec-WebSocket-Version: 99', 'Origin: null', 'Transfer-Encoding: chunked', 'Content-Length: 5', '\0', lines[at] ?? '']);
  lines.splice(at, random.below(2), changed);
  return Buffer.from(lines.join('\r\n'));
}

interface FrameParts {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly isFinal: boolean;
  readonly isMasked: boolean;
  /** RFC 6455 5.2: RSV1 to RSV3 */
  readonly reserved: number;
  /** what the frame says of its payload's length */
  readonly length: number;
}

/** RFC 6455 5.2, whether it makes sense or not. */
function frame({ opcode, payload, isFinal, isMasked, reserved, length }: FrameParts): Buffer {
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = isMasked ? 0x80 : 0;
  const key = isMasked ? Buffer.from([0x37, 0xfa, 0x21, 0x3d]) : Buffer.alloc(0);
  let head: Buffer;
  if (length < 126) head = Buffer.from([first, mask | length]);
  else if (length <= 0xffff) head = Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  else {
    head = Buffer.alloc(10);
    head.set([first, mask | 127]);
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, key, isMasked ? payload.map((byte, at) => byte ^ key[at & 3]!) : payload]);
}

function sound(opcode: number, payload: Buffer, isFinal = true): Buffer {
  return frame({ opcode, payload, isFinal, isMasked: true, reserved: 0, length: payload.length });
}

/** One message in several frames, with a ping in between now and then. */
function fragments(payload: Buffer, random: Random): Buffer[] {
  const size = 1 + random.below(payload.length);
  const frames: Buffer[] = [];
  for (let at = 0; at < payload.length; at += size) {
    if (random.once(3)) frames.push(sound(opcodes.ping, Buffer.from('p')));
    frames.push(sound(at === 0 ? opcodes.text : opcodes.continuation, payload.subarray(at, at + size), at + size >= payload.length));
    if (frames.length > 50) break;
  }
  return frames;
}

function wrong(random: Random): Buffer {
  const payload = random.once(2) ? anyMessage(random) : Buffer.alloc(random.size(200), random.below(256));
  return frame({
    opcode: random.below(16), payload, isFinal: !random.once(3), isMasked: !random.once(3), reserved: random.once(3) ? random.below(8) : 0,
    length: random.once(3) ? random.pick([0, 1, 125, 126, 65_535, 65_536, 131_073, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER]) : payload.length,
  });
}

/** A message in very many frames of hardly a byte, which may never end. */
function crumbs(random: Random): Buffer[] {
  const many = random.size(2000);
  return Array.from({ length: many }, (_, at) => sound(at === 0 ? opcodes.text : opcodes.continuation, Buffer.alloc(random.below(2), 'a'), at === many - 1 && random.once(2)));
}

/** A close with any code and any reason, of UTF-8 or not. */
function goodbye(random: Random): Buffer {
  const payload = Buffer.from([random.below(256), random.below(256), ...Array.from({ length: random.below(123) }, () => random.below(256))]);
  return sound(opcodes.close, payload.subarray(0, random.once(2) ? 2 : payload.length));
}

export function anyFrames(random: Random): Buffer[] {
  const makers: readonly (() => Buffer[])[] = [
    () => [sound(random.once(2) ? opcodes.text : opcodes.binary, anyMessage(random))],
    () => [sound(random.once(2) ? opcodes.text : opcodes.binary, anyMessage(random))],
    () => fragments(anyMessage(random), random),
    () => [sound(random.once(2) ? opcodes.ping : opcodes.pong, Buffer.alloc(random.below(126), random.below(256)))],
    () => [sound(opcodes.text, Buffer.from('\r\n'.repeat(random.below(4))))],
    () => [wrong(random)],
    () => (random.once(4) ? [Buffer.concat(crumbs(random))] : []),
    () => (random.once(4) ? [goodbye(random)] : []),
    () => (random.once(4) ? [sound(opcodes.binary, Buffer.alloc(131_072 + random.below(100), 'a'))] : []),
  ];
  return Array.from({ length: 1 + random.below(5) }, () => random.pick(makers)()).flat();
}

/** The data messages in what a server sent, behind its HTTP response. A server masks nothing and, here, fragments nothing. */
export function wholeMessages(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  if (!bytes.toString('latin1', 0, 12).startsWith('HTTP/1.1 101')) return messages;
  for (let at = bytes.indexOf('\r\n\r\n') + 4; at + 2 <= bytes.length;) {
    const short = bytes[at + 1]! & 0x7f;
    const [start, length] = short < 126 ? [at + 2, short] : short === 126 ? [at + 4, bytes.readUInt16BE(at + 2)] : [at + 10, Number(bytes.readBigUInt64BE(at + 2))];
    const opcode = bytes[at]! & 0x0f;
    if (opcode === opcodes.text || opcode === opcodes.binary) messages.push(bytes.subarray(start, start + length));
    at = start + length;
  }
  return messages;
}
