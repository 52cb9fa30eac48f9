/**
 * Texts that FNV-1a with a seed of 32 bits gives one hash, as it was once used for the tables whose keys strangers choose. A byte changes
 * only the low 8 bits of the state before that is multiplied, so two texts of one length that collide for one seed collide for all seeds
 * with the same low byte: there are 256 classes of seeds, and collisions for each can be computed before anybody is attacked.
 */
const PRIME = 0x01000193;
const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** Characters of a block. */
const BLOCK = 5;
const BLOCKS = alphabet.length ** BLOCK;

/** The state behind a text. */
export function fnv(seed: number, text: string): number {
  let state = seed;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), PRIME);
  return state;
}

/** The hash that the tables used: FNV-1a, then murmur3's finish, cut to 30 bits. */
export function formerHash(seed: number, text: string): number {
  let hash = fnv(seed, text);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) & 0x3fffffff;
}

/**
 * `count` texts that begin with `prefix` and have one hash for every seed whose low byte is `lowByte`, whatever follows them: pairs of blocks
 * that collide one behind the other, of each of which either may stand (A. Joux: multicollisions).
 */
export function collidingTexts(lowByte: number, count: number, prefix = ''): string[] {
  let texts = [prefix];
  for (let state = fnv(lowByte, prefix); texts.length < count; ) {
    const [one, other] = collidingPair(state);
    texts = texts.flatMap((text) => [text + one, text + other]);
    state = fnv(state, one);
  }
  return texts.slice(0, count);
}

/** By the low byte of the state: only that matters. */
const pairs = new Map<number, readonly [string, string]>();

/** Two of some 70,000 blocks, which are taken from all over: those with the same beginning collide less often. */
function collidingPair(state: number): readonly [string, string] {
  const lowByte = state & 0xff;
  const known = pairs.get(lowByte);
  if (known !== undefined) return known;
  const seen = new Map<number, number>();
  for (let number = 0; ; number = (number + 0x2545f49) % BLOCKS) {
    const text = blockOf(number);
    const hash = fnv(lowByte, text);
    const other = seen.get(hash);
    if (other === undefined) {
      seen.set(hash, number);
      continue;
    }
    const pair = [blockOf(other), text] as const;
    pairs.set(lowByte, pair);
    return pair;
  }
}

function blockOf(number: number): string {
  let text = '';
  for (let rest = number; text.length < BLOCK; rest = Math.floor(rest / alphabet.length)) text += alphabet[rest % alphabet.length] ?? '';
  return text;
}
