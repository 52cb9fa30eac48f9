import { corpus } from './corpus.ts';
import { longFieldNames, longMessages, longValues, withLongValue } from './long-runs.ts';
import type { Random } from './random.ts';

/** `from`: what else there is to mix it with. */
type Mutation = (bytes: Buffer, random: Random, from: readonly Buffer[]) => Buffer;

/** What the grammar parts its pieces with, and what is often read wrongly. */
const pieces: readonly Buffer[] = [
  '\r\n', '\r', '\n', '\r\n\r\n', '\n\n', '\r\n ', '\n\t', '\0', '\\\0', '\\', '"', '\\"', '""', '<', '>', '<>', '(', ')', '[', ']', '[::]', ':', ';', ';;', ',', ',,', '=', '==', '@', '@@', '%', '%00', '%zz', '%C3', '%e9', '%25', '%25E9', '?',
  '&', '/', ' ', '\t', '  ', '*', '\x7f', '\x80', '\xa0', '\xff', '\xc3\xbc', '\xed\xa0\x80', '\xf4\x90\x80\x80', '\xef\xbb\xbf', 'SIP/2.0', 'SIP/2.0/UDP ', 'sip:', 'sips:', 'tel:', 'Digest ', ';tag=', ';branch=z9hG4bK',
  ';rport', ';rport=0', ';received=', ';maddr=127.0.0.9', ';maddr=', ';maddr=[::1]', '\x1b[2J', '\x9b', '\xe2\x80\xae', 'Authorization: Digest realm="example.com", nonce="0", username="a", uri="sip:a", response="0"\r\n', ';q=', 'Content-Length: 0\r\n', 'Content-Length: -1\r\n', 'Expires: ', 'CSeq: ', 'SIP-If-Match: x\r\n', '__proto__', 'constructor', 'toString',
].map((text) => Buffer.from(text, 'latin1'));

const numbers = ['0', '-0', '-1', '00', '1e3', '0x10', '255', '256', '65535', '65536', '2147483647', '2147483648', '4294967295', '4294967296', '9007199254740993', '9'.repeat(40), '1.5', ''];

function splice(bytes: Buffer, at: number, remove: number, insert: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
}

/** Where a run of characters of one kind is, near to a place anywhere. */
function runNear(bytes: Buffer, random: Random, kind: RegExp): { readonly at: number; readonly length: number } | undefined {
  const from = random.below(bytes.length);
  const match = kind.exec(bytes.toString('latin1', from, from + 200));
  return match === null ? undefined : { at: from + match.index, length: match[0].length };
}

/** The field lines and the start line, without the body. */
function headLines(bytes: Buffer): { readonly lines: string[]; readonly body: string } {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  return end < 0 ? { lines: text.split('\r\n'), body: '' } : { lines: text.slice(0, end).split('\r\n'), body: text.slice(end) };
}

function onLines(edit: (lines: string[], random: Random, from: readonly Buffer[]) => void): Mutation {
  return (bytes, random, from) => {
    const { lines, body } = headLines(bytes);
    edit(lines, random, from);
    return Buffer.from(lines.join('\r\n') + body, 'latin1');
  };
}

const mutations: readonly Mutation[] = [
  // one bit, one byte
  (bytes, random) => { const copy = Buffer.from(bytes); const at = random.below(copy.length); copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8)); return copy; },
  (bytes, random) => { const copy = Buffer.from(bytes); copy[random.below(copy.length)] = random.below(256); return copy; },
  // pieces left out, put in, doubled
  (bytes, random) => splice(bytes, random.below(bytes.length), random.size(40), Buffer.alloc(0)),
  (bytes, random) => splice(bytes, random.below(bytes.length + 1), random.once(2) ? 0 : random.size(10), random.pick(pieces)),
  (bytes, random) => { const at = random.below(bytes.length); return splice(bytes, at, 0, bytes.subarray(at, at + random.size(60))); },
  (bytes, random) => { const piece = random.pick(pieces); return splice(bytes, random.below(bytes.length + 1), 0, Buffer.alloc(piece.length * random.size(300), piece)); },
  // cut off
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.size(20)),
  // of two messages one
  (bytes, random, from) => { const other = random.pick(from); return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))]); },
  (bytes, random, from) => { const other = random.pick(from); const at = random.below(other.length); return splice(bytes, random.below(bytes.length), random.below(30), other.subarray(at, at + random.size(100))); },
  // numbers and words
  (bytes, random) => { const run = runNear(bytes, random, /\d+/); return run === undefined ? bytes : splice(bytes, run.at, run.length, Buffer.from(random.pick(numbers))); },
  (bytes, random) => { const run = runNear(bytes, random, /[\w.-]+/); return run === undefined ? bytes : splice(bytes, run.at, 0, Buffer.alloc(run.length * random.size(50), bytes.subarray(run.at, run.at + run.length))); },
  (bytes, random) => { const run = runNear(bytes, random, /\r\n/); return run === undefined ? bytes : splice(bytes, run.at, run.length, Buffer.from(random.pick(['\r', '\n', '\n\r', '\r\r\n', '\r\n\r\n', '\r\n ', '\r\n\t ', ' \r\n']))); },
  // whole lines
  onLines((lines, random) => { lines.splice(random.below(lines.length + 1), 0, random.pick(lines)); }),
  onLines((lines, random) => { lines.splice(random.below(lines.length), 1); }),
  onLines((lines, random) => { const [line = ''] = lines.splice(random.below(lines.length), 1); lines.splice(random.below(lines.length + 1), 0, line); }),
  onLines((lines, random, from) => { lines.splice(1 + random.below(lines.length), 0, random.pick(headLines(random.pick(from)).lines.slice(1)) ?? ''); }),
  onLines((lines, random) => { const at = random.below(lines.length); lines[at] = (lines[at] ?? '').replace(/^([^:]*:).*/s, (_, name: string) => `${name} ${random.pick(Object.values(longValues))(random.size(3000))}`); }),
];

/** A message of the corpus, or of others, changed in one to four places. */
export function mutated(random: Random, from: readonly Buffer[] = corpus): Buffer {
  let bytes = random.pick(from);
  for (let edits = 1 + random.below(4); edits > 0; edits--) bytes = random.pick(mutations)(bytes, random, from);
  return bytes;
}

/**
 * The same request once more, as a client that never seeds its random numbers sends it from another home: with another body, From,
 * Request-URI or Via, or with nothing changed at all.
 */
export function repeated(bytes: Buffer, random: Random): Buffer {
  const text = bytes.toString('latin1');
  const edits: readonly ((message: string) => string)[] = [
    (message) => message,
    (message) => message.replace(/(\r\n\r\n)([\s\S])/, (_, end: string, first: string) => end + (first === 'a' ? 'b' : 'a')),
    (message) => message.replace(/^(From|f)(\s*:[^\r\n]*?sips?:)/im, '$1$2x'),
    (message) => message.replace(/^(\S+ sips?:)/, '$1x'),
    (message) => message.replace(/branch=z9hG4bK/i, 'branch=z9hG4bKx'),
  ];
  return Buffer.from(random.pick(edits)(text), 'latin1');
}

/** One thing in it far too long: 30,000 spaces, 10,000 header fields. */
export function overlong(random: Random): Buffer {
  const size = random.size(40_000);
  const text = random.once(3) ? random.pick(Object.values(longMessages))(size) : withLongValue(random.pick(longFieldNames), random.pick(Object.values(longValues))(size));
  return Buffer.from(text, 'latin1');
}

/** Any message that may come: mostly a changed one. */
export function anyMessage(random: Random): Buffer {
  if (random.once(12)) return overlong(random);
  return random.once(12) ? random.pick(corpus) : mutated(random);
}
