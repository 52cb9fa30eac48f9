import { skipSpace, splitLines, tokenEnd } from '../grammar.js';
import { formatParameters, parseParameters } from '../parameters.js';

/** RFC 3261 20.15 */
export interface MediaType {
  /** `type/subtype` in lower case */
  readonly type: string;
  readonly params: ReadonlyMap<string, string>;
}

/** RFC 3261 20.1: `type` may be a range, such as `application/*` or any type at all. */
export interface MediaRange extends MediaType {
  /** 0 to 1; 1 where none is given */
  readonly q: number;
}

const SLASH = 0x2f;

/** Undefined if `text` is not one media type. */
export function parseMediaType(text: string): MediaType | undefined {
  const typeStart = skipSpace(text, 0, text.length);
  const typeEnd = tokenEnd(text, typeStart, text.length);
  const slash = skipSpace(text, typeEnd, text.length);
  const subtypeStart = skipSpace(text, slash + 1, text.length);
  const subtypeEnd = tokenEnd(text, subtypeStart, text.length);
  if (typeEnd === typeStart || text.charCodeAt(slash) !== SLASH || subtypeEnd === subtypeStart) return undefined;
  const params = parseParameters(text, subtypeEnd, text.length);
  if (params === undefined) return undefined;
  return { type: `${text.substring(typeStart, typeEnd)}/${text.substring(subtypeStart, subtypeEnd)}`.toLowerCase(), params };
}

/** The text of a media type; values that are no tokens are quoted. Its parts are not checked. */
export function formatMediaType({ type, params }: MediaType): string {
  return type + formatParameters(params);
}

/** The ranges of an Accept, over one or all of its lines, in their order; undefined if one is malformed. */
export function parseMediaRangeList(lines: string | readonly string[]): readonly MediaRange[] | undefined {
  const list: MediaRange[] = [];
  for (const element of splitLines(lines)) {
    const range = parseMediaType(element);
    const q = range === undefined ? undefined : parseQ(range.params.get('q'));
    if (range === undefined || q === undefined) return undefined;
    list.push({ ...range, q });
  }
  return list;
}

/** RFC 3261 25.1 qvalue */
function parseQ(text: string | undefined): number | undefined {
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : undefined;
}
