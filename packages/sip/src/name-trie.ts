import { ALPHANUMERIC } from './grammar.js';
import { Header, headerSpellings } from './header-names.js';

/**
 * Header names as a trie over bytes, walked while the parser looks for the colon: the name is known when the colon is found,
 * in any case and spelling, and nothing was compared or allocated. One state has 32 places, one a class of byte.
 */
const CLASSES = 32;
const DASH = 27;
const OTHER = 28;
/** The state of a name that no header of the table begins with. */
const LOST = 1;

/** The class of each byte: 0 what cannot be in a name, 1 to 26 letters of both cases, then the dash and the rest. */
export const nameClass = new Uint8Array(256);
for (const char of `${ALPHANUMERIC}-.!%*_+\`'~`) nameClass[char.charCodeAt(0)] = classOf(char.toLowerCase());

function classOf(char: string): number {
  if (char === '-') return DASH;
  return char >= 'a' && char <= 'z' ? char.charCodeAt(0) - 96 : OTHER;
}

/** A header outside the table. */
export const UNKNOWN_HEADER = Object.keys(Header).length;

function build(): { next: Uint16Array; ids: Uint8Array } {
  const rows: number[][] = [new Array<number>(CLASSES).fill(LOST), new Array<number>(CLASSES).fill(LOST)];
  const found: number[] = [UNKNOWN_HEADER, UNKNOWN_HEADER];
  for (const [name, id] of headerSpellings) {
    let state = 0;
    for (const char of name) {
      const row = rows[state] ?? [];
      let following = row[classOf(char)] ?? LOST;
      if (following === LOST) {
        following = rows.push(new Array<number>(CLASSES).fill(LOST)) - 1;
        row[classOf(char)] = following;
        found.push(UNKNOWN_HEADER);
      }
      state = following;
    }
    found[state] = id;
  }
  return { next: Uint16Array.from(rows.flat()), ids: Uint8Array.from(found) };
}

const trie = build();

/** `nameStates[(state << 5) | class]` is the next state; the first is 0. */
export const nameStates = trie.next;
/** The header that a state stands for, or UNKNOWN_HEADER. */
export const stateHeader = trie.ids;
