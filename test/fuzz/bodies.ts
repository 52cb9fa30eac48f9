import { dialog, dialogInfo, pidf, tuple } from '../event-notifier/documents.ts';
import { mutated } from './mutations.ts';
import type { Random } from './random.ts';

/** Documents as phones publish them, and as the grammar lets others write them. */
const documents: readonly Buffer[] = [
  pidf(tuple('t1', 'open')),
  pidf(`${tuple('t1', 'closed')}<note xml:lang="de">zu &amp; fort &#228;</note>${tuple('t1', 'open')}<dm:person id="p1"><rpid:activities><rpid:busy/></rpid:activities></dm:person>`),
  pidf(`<tuple id="a&quot;b"><status/><contact priority="0.8">sip:alice@example.com;a&lt;b</contact><note><![CDATA[<x>]]></note><timestamp>2026-11-29T09:00:00Z</timestamp></tuple><!-- a comment --><?a target?>`, "xmlns:x='urn:x' x:y='1' "),
  '<p:presence xmlns:p="urn:ietf:params:xml:ns:pidf" entity="pres:alice@example.com"><p:tuple id="t"><p:status><p:basic>open</p:basic><q:extra xmlns:q="urn:q" xmlns="urn:d"><inner/></q:extra></p:status></p:tuple></p:presence>',
  '\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?>\r\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a"/>',
  '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:a"><tuple id="t"><status><basic>open</basic></status></tuple><e xmlns="urn:e" a="&#x9;&#10;"><f xmlns=""/></e></presence>',
  dialogInfo(''),
  dialogInfo(dialog('d1', 'confirmed') + dialog('d2', 'terminated')),
  dialogInfo(`<dialog id="d1" call-id="c" local-tag="l" remote-tag="r" direction="initiator"><state event="replaced" code="302">early</state><local><identity display="A">sip:a@b</identity><target uri="sip:a@b;x=&quot;"/></local></dialog>${dialog('d1', 'trying')}${dialog('d1', 'early')}`),
  '<d:dialog-info xmlns:d="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" entity="sip:a"><d:dialog id="d"><d:state>proceeding</d:state></d:dialog></d:dialog-info>',
  'Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\nVoice-Message: 4/8 (1/2)\r\nfax-message: 0/1\r\n\r\nTo: <alice@atlanta.example.com>\r\nSubject: carpool\r\n',
  'messages-waiting:no',
].map((text) => Buffer.from(text));

/** What XML is made of, and what parsers are broken with. */
const pieces = [
  '<', '>', '</', '/>', '<a>', '</a>', '<a/>', '<![CDATA[', ']]>', '<!--', '-->', '--', '<?x?>', '<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY b "c">]>', '&b;', '&amp;', '&lt;', '&#0;', '&#x10FFFF;', '&#xD800;', '&', ';',
  ' id="t1"', " id='a\"b'", ' id=""', ' id="&#60;"', ' xmlns=""', ' xmlns="urn:x"', ' xmlns:p="urn:p"', ' xmlns:p=""', ' xmlns:xml="urn:x"', ' xmlns:xmlns="urn:x"', ' xml:lang="x"', ' p:id="1"', 'p:', ':', '\ufeff', '\u0000', '\u000b', '\u0085', '\u2028', '\ufffe', '\u{10ffff}',
  '<tuple id="t1"><status><basic>open</basic></status></tuple>', '<dialog id="d1"><state>early</state></dialog>', '<note>n</note>', '<presence xmlns="urn:ietf:params:xml:ns:pidf">', '</presence>', '</dialog-info>', '__proto__', 'constructor', ' constructor="1"', ' __proto__="1"', ' xmlns:__proto__="urn:p"', '<__proto__:a/>',
  'Voice-Message: 99999999999/1\r\n', 'Voice-Message: 1/1 (1/1)\r\n', '__proto__-message: 1/2\r\n', 'none: 1/2\r\n', '\r\n', '\r', '\n', '\t', ' ',
].map((text) => Buffer.from(text));

/** What grows: what is read in more than linear time shows. */
const longRuns: readonly ((size: number) => string)[] = [
  (size) => pidf(tuple('t', 'open').repeat(size / 50)),
  (size) => pidf('<a>'.repeat(size / 3)),
  (size) => pidf(`<a ${Array.from({ length: size / 8 }, (_, n) => `a${n}="1"`).join(' ')}/>`),
  (size) => pidf(`<a ${Array.from({ length: size / 12 }, (_, n) => `xmlns:a${n}="u"`).join(' ')}/>`.repeat(2)),
  (size) => pidf(`<a${' '.repeat(size)}b`),
  (size) => pidf(`<note>${'&amp;'.repeat(size / 5)}</note>`),
  (size) => pidf(`<note>${']'.repeat(size)}</note>`),
  (size) => pidf(`<!--${'-'.repeat(size)}`),
  (size) => pidf(`<${'a'.repeat(size)}/>`),
  (size) => dialogInfo(dialog('d', 'early').repeat(size / 60)),
  (size) => `Messages-Waiting: yes\r\n${Array.from({ length: size / 24 }, (_, n) => `a${n}-message: 1/1 (1/1)\r\n`).join('')}`,
  (size) => `Messages-Waiting: yes\r\nVoice-Message: ${'9'.repeat(size)}/1\r\n`,
  (size) => `Messages-Waiting: yes\r\nMessage-Account: ${'a '.repeat(size / 2)}\r\n`,
  (size) => `Messages-Waiting:${' '.repeat(size)}x`,
  (size) => `Messages-Waiting: yes\r\n${'a-message'.repeat(size / 9)}: 1/`,
];

/** A document that somebody may publish: mostly a changed one. */
export function anyBody(random: Random): Buffer {
  if (random.once(12)) return random.pick(documents);
  if (random.once(20)) return Buffer.from(random.pick(longRuns)(random.size(60_000)));
  return random.once(2) ? mutated(random, documents) : patched(random);
}

/** With pieces of XML put in, or in place of a few bytes. */
function patched(random: Random): Buffer {
  let bytes = random.pick(documents);
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(bytes.length + 1);
    bytes = Buffer.concat([bytes.subarray(0, at), random.pick(pieces), bytes.subarray(at + (random.once(2) ? 0 : random.size(12)))]);
  }
  return bytes;
}
