/**
 * The grammar of the usual shape of XML, as a table: from a state, what a byte of a kind leads to, and what is done then. Comments, references,
 * CDATA, processing instructions and a '>' in text are not in it.
 */

/** Kinds of bytes, each by a character of it: white space, what a name begins with, what else it may have, other text; the rest stand for themselves. */
const byteKinds = [' ', 'a', '0', 'x', '<', '>', '/', ':', '=', '"', '\'', '&', ']'] as const;
type ByteKind = (typeof byteKinds)[number];

function kindOf(code: number): ByteKind | undefined {
  const char = String.fromCharCode(code);
  if (code >= 0x80) return 'x';
  if (/[\t\n\r ]/.test(char)) return ' ';
  if (code < 0x20) return undefined;
  if (/[A-Za-z_]/.test(char)) return 'a';
  if (/[\d.-]/.test(char)) return '0';
  return byteKinds.find((kind) => kind === char) ?? 'x';
}

const states = [
  'refused', 'outside', 'text', 'less', 'name', 'prefixed', 'local', 'tag', 'empty', 'attribute', 'attribute prefixed', 'attribute local',
  'attribute end', 'equals', 'double', 'single', 'value end', 'end', 'end name', 'end space',
] as const;
type State = (typeof states)[number];

/** What is done at a byte: it begins or ends something. */
export const Action = { None: 0, Name: 1, Colon: 2, NameEnd: 3, Value: 4, TagName: 5, TagNameAndOpen: 6, Open: 7, Empty: 8, Attribute: 9, EndNameAndClose: 10, Close: 11 } as const;

type Row = readonly [from: State, kinds: string, to: State, action?: number];

const name = 'a0', value = ' a0x/:=]';

/** Where a tag ends, the next state is 'outside' or 'text', by what is open then. */
const rows: readonly Row[] = [
  ['outside', ' ', 'outside'], ['outside', '<', 'less'],
  ['text', ' a0x/:="\'', 'text'], ['text', '<', 'less'],
  ['less', 'a', 'name', Action.Name], ['less', '/', 'end'],
  ['name', name, 'name'], ['name', ':', 'prefixed', Action.Colon], ['prefixed', 'a', 'local'], ['local', name, 'local'],
  ...(['name', 'local'] as const).flatMap((from): Row[] => [
    [from, ' ', 'tag', Action.TagName], [from, '/', 'empty', Action.TagName], [from, '>', 'text', Action.TagNameAndOpen],
  ]),
  ...(['tag', 'value end'] as const).flatMap((from): Row[] => [[from, ' ', 'tag'], [from, '/', 'empty'], [from, '>', 'text', Action.Open]]),
  ['empty', '>', 'text', Action.Empty],
  ['tag', 'a', 'attribute', Action.Name], ['attribute', name, 'attribute'], ['attribute', ':', 'attribute prefixed', Action.Colon],
  ['attribute prefixed', 'a', 'attribute local'], ['attribute local', name, 'attribute local'],
  ...(['attribute', 'attribute local'] as const).flatMap((from): Row[] => [[from, ' ', 'attribute end', Action.NameEnd], [from, '=', 'equals', Action.NameEnd]]),
  ['attribute end', ' ', 'attribute end'], ['attribute end', '=', 'equals'],
  ['equals', ' ', 'equals'], ['equals', '"', 'double', Action.Value], ['equals', '\'', 'single', Action.Value],
  ['double', `${value}'`, 'double'], ['double', '"', 'value end', Action.Attribute],
  ['single', `${value}"`, 'single'], ['single', '\'', 'value end', Action.Attribute],
  ['end', 'a', 'end name', Action.Name], ['end name', `${name}:`, 'end name'],
  ['end name', ' ', 'end space', Action.NameEnd], ['end name', '>', 'text', Action.EndNameAndClose],
  ['end space', ' ', 'end space'], ['end space', '>', 'text', Action.Close],
];

export const REFUSED = states.indexOf('refused'), OUTSIDE = states.indexOf('outside'), TEXT = states.indexOf('text');

/** The kind of each byte, as a number below 16. */
export const kindNumbers = Uint8Array.from({ length: 256 }, (_, code) => {
  const kind = kindOf(code);
  return kind === undefined ? 15 : byteKinds.indexOf(kind);
});

/** At 16 * state + kind: the next state, and above 8 bits the action. What is in no row is refused. */
export const steps = new Uint16Array(16 * states.length);
for (const [from, kinds, to, action = Action.None] of rows) {
  for (const kind of kinds) steps[16 * states.indexOf(from) + byteKinds.indexOf(kind as ByteKind)] = (action << 8) | states.indexOf(to);
}
