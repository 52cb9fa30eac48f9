import { randomBytes } from 'node:crypto';

/** What every branch of RFC 3261 begins with (8.1.1.7), as the four words of 4 bytes that are in it: wherever it is, one of them is at a multiple of 4. */
const cookie = Buffer.from('z9hG4bK');
const cookieWords = [0, 1, 2, 3].map((at) => cookie.readUInt32BE(at));

/** Bytes of a datagram in which the cookie is searched for: a request line and a Via of usual lengths. None begins sooner. */
const firstByte = 36, lastByte = 436;
/** Words from one landing to the next: a condition skips 255 instructions at most. */
const wordsInGroup = 10;

/** Words behind the cookie that decide: more than a branch has, for some proxies without state give the same one to all requests, and then their second Via decides. */
const decidingWords = 16;

/** Places in the memory of the program. */
const HASH = 0, START = 1;

/**
 * A program for SO_ATTACH_REUSEPORT_CBPF (socket(7)). Linux runs it for each datagram, and gives that to the socket whose number it answers, from 0 to
 * `many` - 1. The branch of the first Via decides, which identifies the transaction (RFC 3261 17.2.3): a retransmission, and the ACK of a refused INVITE, reach
 * the socket that their request has reached, and what one source sends, which may be a proxy, is spread over all of them. Where no branch of RFC 3261
 * is found, the first bytes decide. What would go to a socket in `out` is spread over the others; nothing else moves.
 *
 * `secret`, odd and of 32 bits, keeps strangers from choosing the socket. The language is that of socket filters
 * (Documentation/networking/filter.rst of the kernel), with registers A and X, and without loops.
 */
export function steeringProgram(many: number, out: ReadonlySet<number>, secret: number): Buffer {
  return Buffer.concat([...search(), ...withinDatagram(), ...hashed(secret), ...chosen(many, out)]);
}

export function steeringSecret(): number {
  return (randomBytes(4).readUInt32LE() | 1) >>> 0;
}

const searched = (lastByte - firstByte) / (4 * wordsInGroup);
/** Instructions of a group, of what follows where nothing is found, and of each landing. */
const groupSize = 3 + wordsInGroup * (2 + cookieWords.length) + 1 + cookieWords.length, notFoundSize = 2, landingSize = 3;

/** M[START] becomes the place behind the cookie, or 0. */
function search(): Buffer[] {
  const landings = cookieWords.length * landingSize;
  return [
    ...Array.from({ length: searched }, (_, group) => searchGroup(firstByte + 4 * wordsInGroup * group, (searched - 1 - group) * groupSize)).flat(),
    instruction(code.setA, 0), instruction(code.jump, landings),
    ...cookieWords.flatMap((_, i) => [instruction(code.copyX), instruction(code.add, cookie.length - i), instruction(code.jump, landings - (i + 1) * landingSize)]),
    instruction(code.store, START),
  ];
}

/** The words from byte `start` on; `rest`: instructions of the groups behind it. */
function searchGroup(start: number, rest: number): Buffer[] {
  const perWord = 2 + cookieWords.length;
  const words = Array.from({ length: wordsInGroup }, (_, word) => [
    instruction(code.setX, start + 4 * word), instruction(code.load, start + 4 * word),
    ...cookieWords.map((value) => instruction(code.ifEqual, value, (wordsInGroup - 1 - word) * perWord + cookieWords.length)),
  ]).flat();
  return [
    instruction(code.length), instruction(code.ifAtLeast, start + 4 * wordsInGroup, 1), instruction(code.jump, groupSize - 3 + rest),
    ...words,
    instruction(code.jump, cookieWords.length),
    ...cookieWords.map((_, i) => instruction(code.jump, cookieWords.length - 1 - i + rest + notFoundSize + landingSize * i)),
  ];
}

/** M[START] becomes 0 where less than what decides is behind it. Of what is shorter altogether, and no request, the system takes the answer to be 0. */
function withinDatagram(): Buffer[] {
  return [
    instruction(code.recallX, START), instruction(code.length), instruction(code.subtractX), instruction(code.ifAtLeast, 4 * decidingWords, 2),
    instruction(code.setA, 0), instruction(code.store, START),
  ];
}

/** A and M[HASH] become a number of 16 bits. */
function hashed(secret: number): Buffer[] {
  const mixed = Array.from({ length: decidingWords }, (_, word) => [
    instruction(code.recallX, START), instruction(code.loadAtX, 4 * word),
    instruction(code.recallX, HASH), instruction(code.xorX), instruction(code.multiply, secret), instruction(code.store, HASH),
  ]).flat();
  return [instruction(code.setA, secret), instruction(code.store, HASH), ...mixed, instruction(code.shiftRight, 16), instruction(code.store, HASH)];
}

function chosen(many: number, out: ReadonlySet<number>): Buffer[] {
  const members = Array.from({ length: many }, (_, member) => member);
  const left = members.filter((member) => !out.has(member));
  const missing = left.length === 0 ? [] : members.filter((member) => out.has(member));
  const first = [instruction(code.modulo, many), ...missing.map((member, i) => instruction(code.ifEqual, member, missing.length - i)), instruction(code.answerA)];
  if (missing.length === 0) return first;
  return [
    ...first,
    instruction(code.recall, HASH), instruction(code.divide, many), instruction(code.modulo, left.length),
    ...left.slice(1).flatMap((member, i) => [instruction(code.ifEqual, i + 1, 0, 1), instruction(code.answer, member)]),
    instruction(code.answer, left[0]),
  ];
}

/** As in linux/filter.h and linux/bpf_common.h. */
const code = {
  setA: 0x00, setX: 0x01, copyX: 0x87, load: 0x20, loadAtX: 0x40, length: 0x80, store: 0x02, recall: 0x60, recallX: 0x61,
  add: 0x04, subtractX: 0x1c, multiply: 0x24, divide: 0x34, shiftRight: 0x74, modulo: 0x94, xorX: 0xac,
  jump: 0x05, ifEqual: 0x15, ifAtLeast: 0x35, answer: 0x06, answerA: 0x16,
} as const;

/** A `struct sock_filter`: a jump skips `value` instructions, a condition `then` or `otherwise`. */
function instruction(what: number, value = 0, then = 0, otherwise = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(what, 0);
  bytes.writeUInt8(then, 2);
  bytes.writeUInt8(otherwise, 3);
  bytes.writeUInt32LE(value, 4);
  return bytes;
}
