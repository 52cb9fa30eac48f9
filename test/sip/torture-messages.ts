/**
 * One message for each section of RFC 4475, written after its description: what makes it a torture is the RFC's, the rest is our own.
 */

export interface TortureMessage {
  /** of RFC 4475 */
  readonly section: string;
  /** that section's title */
  readonly name: string;
  readonly bytes: Buffer;
  /** What becomes of it in a UDP datagram, as far as parsing and `checkRequest` or `checkResponse` tell: the code of a refusal, or `dropped`. */
  readonly expect: 'accepted' | 'dropped' | number;
  /** what the layers above the parser owe to a request that was accepted, where the RFC has a word on it */
  readonly above?: string;
}

const lines = (...parts: readonly string[]): string => parts.join('\r\n');

const sdp = lines(
  'v=0', 'o=torture 7 7 IN IP4 192.0.2.77', 's=-', 'c=IN IP4 192.0.2.77', 't=0 0',
  'm=audio 49217 RTP/AVP 0 12', 'm=video 3227 RTP/AVP 31', 'a=rtpmap:31 LPC', '',
);

/** `text` is latin1: what is no ASCII in it is written as the bytes of its UTF-8. */
function message(section: string, name: string, expect: TortureMessage['expect'], head: readonly string[], body = '', above?: string): TortureMessage {
  const bytes = Buffer.from(`${lines(...head)}\r\n\r\n${body}`, 'latin1');
  return { section, name, bytes, expect, ...(above !== undefined && { above }) };
}

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const long = (word: string, times: number): string => word.repeat(times);
const sdpLines = ['Content-Type: application/sdp', `Content-Length: ${sdp.length}`];

const validMessages: readonly TortureMessage[] = [
  message('3.1.1.1', 'A Short Tortuous INVITE', 'accepted', [
    'INVITE sip:ada@calculus.example.com;unknownparam SIP/2.0',
    'TO :', ' sip:ada@calculus.example.com ;   tag    = 7788990011q',
    'from   : "A Lovelace \\\\\\""       <sip:lovelace@example.com>', '  ;', '  tag = 12qwas34',
    'MaX-fOrWaRdS: 0068',
    'Call-ID: tortuous.zxcv@192.0.2.2',
    `Content-Length   : ${sdp.length}`,
    'cseq: 0009', '  INVITE',
    'Via  : SIP  /   2.0', ' /UDP', '    192.0.2.2;branch=390engine',
    's :',
    'NovelHeader:   novel value', ' continued novel value',
    'UnknownHeaderWithOddValue: ;;,,;;,;',
    'Content-Type: application/sdp',
    'Route:', ' <sip:services.example.com;lr;unknownwith=value;unknown-no-value>',
    'v:  SIP  / 2.0  / TCP     loom.example.com   ;', '  branch  =   z9hG4bK9engine8  ,',
    ' SIP  /    2.0   / UDP  192.168.255.111   ; branch=', ' z9hG4bK30239',
    'm:"Quoted string \\"\\"" <sip:lovelace@example.com> ; newparam =', '      newvalue ;', '  secondparam ; q = 0.33',
  ], sdp, '481 or a dialog: To has a tag'),
  message('3.1.1.2', 'Wide Range of Valid Characters', 'accepted', [
    "!odd-Method9876543210_*+`.%indeed'~ sip:9_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com SIP/2.0",
    "Via: SIP/2.0/TCP host7.example.com;branch=z9hG4bK-.!%66*_+`'~",
    'To: "BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:9_unusual.URI~(to-be!sure)&isn\'t+it$/crazy?,/;;*@example.com>',
    `From: token9~\` token8'+_ token7*%!.- <sip:plain@example.com>;fromParam''~+*_!.-%="${utf8('работающий')}";tag=_token~9'+\`*%!-.`,
    'Call-ID: odd.word%ZK-!.*_+\'@word`~)(><:\\/"][?}{',
    "CSeq: 139122385 !odd-Method9876543210_*+`.%indeed'~",
    'Max-Forwards: 255',
    `extensionHeader-!.%*+_\`'~:${utf8('\ufeff大停電')}`,
    'Content-Length: 0',
  ], '', '501: no such method'),
  message('3.1.1.3', 'Valid Use of the % Escaping Mechanism', 'accepted', [
    'INVITE sip:sips%3Agrace%40example.com@example.net SIP/2.0',
    'To: sip:%67rac%65@example.com',
    'From: <sip:I%20like%20spaces@example.net>;tag=717',
    'Max-Forwards: 87',
    'i: escapes.65432lkjh',
    'CSeq: 4321 INVITE',
    'Via: SIP/2.0/UDP host7.example.net;branch=z9hG4bKescapes',
    'C: application/sdp',
    'Contact:', '  <sip:cal%6Cer@host7.example.net;%6C%72;n%61me=v%61lue%25%34%31>',
    `Content-Length: ${sdp.length}`,
  ], sdp),
  message('3.1.1.4', 'Escaped Nulls in URIs', 'accepted', [
    'REGISTER sip:example.com SIP/2.0',
    'To: sip:zero-%00-zero@example.com',
    'From: sip:zero-%00-zero@example.com;tag=55667788',
    'Max-Forwards: 70',
    'Call-ID: nulls.0987poiu',
    'CSeq: 14398 REGISTER',
    'Via: SIP/2.0/UDP host7.example.com;branch=z9hG4bKnulls',
    'Contact: <sip:%00@host7.example.com>', 'Contact: <sip:%00%00@host7.example.com>',
    'L:0',
  ]),
  message('3.1.1.5', 'Use of % When It Is Not an Escape', 'accepted', [
    'RE%47IST%45R sip:registrar.example.com SIP/2.0',
    'To: "%Z%45" <sip:thing@example.com>',
    'From: "%Z%45" <sip:thing@example.com>;tag=f777',
    'Call-ID: percent.mnbvcxz',
    'Via: SIP/2.0/TCP host.example.com;branch=z9hG4bK209%fzodd',
    'CSeq: 29344 RE%47IST%45R',
    'Max-Forwards: 70',
    'Contact: <sip:alias1@host1.example.com>', 'C%6Fntact: <sip:alias2@host2.example.com>', 'Contact: <sip:alias3@host3.example.com>',
    'l: 0',
  ], '', '501: no such method, and no REGISTER'),
  message('3.1.1.6', 'Message with No LWS between Display Name and <', 'accepted', [
    'OPTIONS sip:grace@example.com SIP/2.0',
    'To: sip:grace@example.com',
    'From: hopper<sip:hopper@example.com>;tag=323',
    'Max-Forwards: 70',
    'Call-ID: close.1234@odd.example.com',
    'CSeq: 60 OPTIONS',
    'Via: SIP/2.0/UDP odd.example.com;branch=z9hG4bKclose',
    'l: 0',
  ], '', '200'),
  message('3.1.1.7', 'Long Values in Header Fields', 'accepted', [
    'INVITE sip:grace@example.com SIP/2.0',
    `To: "My name is ${long('endless', 12)} indeed"<sip:grace@example.com:6000;first=very${long('long', 20)}value;${long('paramname', 20)}=short;${long('Flag', 30)}>`,
    `F: sip:${long('amazinglylongcaller', 6)}@example.net;tag=12${long('98', 60)};unknown-param=${long('x', 30)};flag-${long('y', 40)}`,
    `Call-ID: long.one${long('really', 30)}longcallid`,
    'CSeq: 3882 INVITE',
    `Unknown-${long('Long', 20)}-Name: unknown-${long('long', 20)}-value; unknown-${long('long', 20)}-param-name=unknown-${long('long', 20)}-param-value`,
    ...Array.from({ length: 33 }, (_, hop) => `${['Via', 'v', 'V', 'ViA', 'VIA', 'via'][hop % 6]}${hop % 7 === 0 ? '  ' : ''}: SIP/2.0/TCP sip${33 - hop}.example.com`),
    `Via: SIP/2.0/TCP host.example.com;received=192.0.2.5;branch=very${long('long', 60)}branchvalue`,
    'Max-Forwards: 70',
    `Contact: <sip:${long('amazinglylongcaller', 6)}@host7.example.net>`,
    'Content-Type: application/sdp',
    `l: ${sdp.length}`,
  ], sdp),
  message('3.1.1.8', 'Extra Trailing Octets in a UDP Datagram', 'accepted', [
    'REGISTER sip:example.com SIP/2.0',
    'To: sip:grace@example.com',
    'From: sip:grace@example.com;tag=43251',
    'Max-Forwards: 8',
    'I: double.qwerty1',
    'Contact: sip:grace@host.example.com',
    'CSeq: 8 REGISTER',
    'Via: SIP/2.0/UDP 192.0.2.125;branch=z9hG4bKdouble',
    'Content-Length: 0',
  ], lines(
    '', 'INVITE sip:joe@example.com SIP/2.0', 't: sip:joe@example.com', 'From: sip:hopper@example.net;tag=141334', 'Max-Forwards: 8',
    'Call-ID: double.qwerty2', 'CSeq: 8 INVITE', 'Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKdouble2', 'Content-Length: 0', '', '',
  ), 'one answer: what follows the REGISTER is ignored'),
  message('3.1.1.9', 'Semicolon-Separated Parameters in URI User Part', 'accepted', [
    'OPTIONS sip:grace;par=u%40example.net@example.com SIP/2.0',
    'To: sip:g_hopper@example.com',
    'From: sip:hopper@example.org;tag=33242',
    'Max-Forwards: 3',
    'Call-ID: semi.zxcvb',
    'CSeq: 8 OPTIONS',
    'Accept: application/sdp, application/pkcs7-mime,', '        multipart/mixed, multipart/signed,', '        message/sip, message/sipfrag',
    'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKsemi',
    'l: 0',
  ]),
  message('3.1.1.10', 'Varied and Unknown Transport Types', 'accepted', [
    'OPTIONS sip:grace@example.com SIP/2.0',
    'To: sip:grace@example.com',
    'From: <sip:hopper@example.com>;tag=323',
    'Max-Forwards: 70',
    'Call-ID:  transports.lkjhgf',
    'Accept: application/sdp',
    'CSeq: 60 OPTIONS',
    'Via: SIP/2.0/UDP t1.example.com;branch=z9hG4bKone', 'Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKtwo',
    'Via: SIP/2.0/TLS t3.example.com;branch=z9hG4bKthree', 'Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKfour',
    'Via: SIP/2.0/TCP t5.example.com;branch=z9hG4bKfive',
    'l: 0',
  ]),
  multipart(),
  message('3.1.1.12', 'Unusual Reason Phrase', 'accepted', [
    `SIP/2.0 200 = 2**3 * 5**2 ${utf8('но сто девяносто девять - простое')}`,
    'Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bKreason',
    'Call-ID: reason.poiuy',
    'CSeq: 35 INVITE',
    'From: sip:grace@example.com;tag=11141343',
    'To: sip:grace@example.edu;tag=2229',
    'Contact: <sip:grace@host198.example.com>',
    ...sdpLines,
  ], sdp),
  message('3.1.1.13', 'Empty Reason Phrase', 'accepted', [
    'SIP/2.0 100 ',
    'Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bKempty',
    'Call-ID: empty.ytrewq',
    'CSeq: 35 INVITE',
    'From: <sip:grace@example.com>;tag=39ansfi3',
    'To: <sip:grace@example.edu>;tag=902jndnke3',
    'Content-Length: 0',
    'Contact: <sip:grace@host105.example.com>',
  ]),
];

function multipart(): TortureMessage {
  const boundary = '7a9cbec0eef655';
  const signature = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('latin1');
  const body = lines(
    `--${boundary}`, 'Content-Type: text/plain', 'Content-Transfer-Encoding: binary', '', 'Hello',
    `--${boundary}`, 'Content-Type: application/octet-stream', 'Content-Transfer-Encoding: binary', '', signature, `--${boundary}--`, '',
  );
  return message('3.1.1.11', 'Multipart MIME Message', 'accepted', [
    'MESSAGE sip:ada@example.org SIP/2.0',
    'Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-d87543-part-1--d87543-;rport',
    'Max-Forwards: 70',
    'Route: <sip:127.0.0.1:5080>',
    'Contact: <sip:grace@127.0.0.1:5070>',
    'To: <sip:ada@example.org>',
    'From: <sip:grace@example.com>;tag=2fb0dcc9',
    'Call-ID: 3d9485ad@Zmx1ZmZ5LW1hYy0xNi5sb2NhbA..',
    'CSeq: 1 MESSAGE',
    'Content-Transfer-Encoding: binary',
    `Content-Type: multipart/mixed;boundary=${boundary}`,
    'Date: Sat, 15 Oct 2005 04:44:56 GMT',
    `Content-Length: ${body.length}`,
  ], body);
}
