import {
  aorKey, buildRequest, buildResponse, checkRequest, checkResponse, defaultLimits, formatNameAddr, formatUri, formatVia, Framer, Header, parse, parseAor, parseChallenge, parseCSeq,
  parseDeltaSeconds, parseDisposition, parseEvent, parseMediaRangeList, parseMediaType, parseNameAddr, parseNameAddrList, parseRetryAfter, parseToken, parseTokenList, parseUri, parseVia,
  parseViaList, splitCommaList, type Frame, type Message,
} from '@nksip-ts/sip';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseCSeqAt } from '../../packages/sip/src/headers/cseq.ts';
import { tagAt } from '../../packages/sip/src/headers/name-addr.ts';
import { readVia } from '../../packages/sip/src/headers/via.ts';
import { fastAddressUri, fastAor, fastCSeq, fastNumber, fastTag, fastUri, fastVia } from '../../packages/sip/src/fast-path.ts';
import { cpuTimeOf } from '../kit/cpu-time.ts';
import { bytesOf, pidf, publishLines } from './message-text.ts';
import { tortureMessages } from './torture-messages.ts';

const runs = { seed: 3903, numRuns: 200 };
const publish = bytesOf(publishLines);
const samples = [publish, ...tortureMessages.map((message) => message.bytes)];

/** Asks a message for everything. */
function askAll(message: Message): void {
  for (const id of Object.values(Header)) {
    message.first(id); message.values(id); message.list(id); message.lines(id); message.count(id);
  }
  message.header('X-Unknown');
  void [message.topVia?.params, message.viaText, message.viaRest, message.cseq, message.uri, message.callId, message.fromTag, message.toTag, message.from, message.fromAor, message.to, message.toUri, message.hasOneVia, message.body];
  void (message.isRequest ? checkRequest(message) : checkResponse(message));
}

function chew(bytes: Uint8Array): void {
  for (const framing of ['datagram', 'stream'] as const) {
    const result = parse(bytes, defaultLimits, framing);
    if (result.message === undefined) continue;
    askAll(result.message);
    const response = buildResponse({ request: result.message, code: 400, reason: 'Bad Request', toTag: 'x', headers: '' });
    expect(Buffer.from(response).toString('latin1')).to.match(/^SIP\/2\.0 400 Bad Request\r\n[^]*\r\n\r\n$/);
  }
  const framer = new Framer();
  framer.push(bytes);
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) if (frame.kind === 'message') expect(parse(frame.bytes, defaultLimits, 'stream')).to.be.an('object');
}

/** A sample of which bytes were changed, left out, put in, or exchanged for a piece of another. */
const mutated = fc.record({
  sample: fc.nat(samples.length - 1),
  edits: fc.array(fc.record({
    at: fc.nat(1200), remove: fc.nat(12),
    insert: fc.oneof(fc.uint8Array({ maxLength: 6 }), fc.constantFrom('\r\n', '\r', '\n', '\0', ':', ',', '"', '<', '>', ';', '\\', '%', ' ', '\t', '\r\n ').map((text) => Buffer.from(text))),
  }), { minLength: 1, maxLength: 5 }),
}).map(({ sample, edits }) => edits.reduce<Buffer>(
  (bytes, { at, remove, insert }) => Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]), samples[sample]!,
));

const hostile = fc.string({ unit: fc.constantFrom(...'aZ09 \t\r\n"\\<>;,=:@%/?&()[]{}*-._~\0\x7f\x80\xa0\xffé€\ud800'), maxLength: 60 });

describe('properties', () => {
  it('parse, its checks, every getter and the answer never throw, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), chew), runs);
    fc.assert(fc.property(mutated, chew), { ...runs, numRuns: 2000 });
  }).timeout(20_000);

  it('header and URI readers never throw, whatever the text', () => {
    const readers: readonly ((text: string) => unknown)[] = [
      parseUri, parseAor, parseNameAddr, parseNameAddrList, parseVia, parseViaList, parseCSeq, parseEvent, parseToken, parseTokenList, parseDeltaSeconds, parseMediaType,
      parseMediaRangeList, parseDisposition, parseChallenge, parseRetryAfter, splitCommaList,
    ];
    const seeds = fc.constantFrom('', 'sip:a@b', 'SIP/2.0/UDP a', '<sip:a@b>', 'Digest a=', '1 ', 'a/b', '5 (');
    fc.assert(fc.property(seeds, hostile, (seed, text) => { for (const read of readers) read(seed + text); }), { ...runs, numRuns: 2000 });
  });

  it('what a reader took is written and read again the same', () => {
    const again = <T>(read: (text: string) => T | undefined, write: (value: T) => string) => (text: string): void => {
      const value = read(text);
      if (value === undefined) return;
      const written = write(value);
      const second = read(written);
      expect(second, written).to.not.equal(undefined);
      expect(write(second!)).to.equal(written);
    };
    const uri = again(parseUri, formatUri);
    const aor = again(parseAor, aorKey);
    const address = again(parseNameAddr, formatNameAddr);
    const via = again(parseVia, formatVia);
    fc.assert(fc.property(hostile, (text) => {
      uri(`sip:${text}@example.com`); uri(`sip:a@b;${text}`); aor(`sip:${text}@h`); address(`${text}<sip:a@b>;x=${text}`); address(`"${text}" <sip:${text}>`); via(`SIP/2.0/UDP a;${text}`);
    }), { ...runs, numRuns: 2000 });
  });

  it('a request that was built is parsed into what it was built of', () => {
    const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019-.!%*_+`\'~'), minLength: 1, maxLength: 12 });
    const value = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\r\n\0]/g, '').replace(/^[ \t]+|[ \t]+$/g, ''));
    fc.assert(fc.property(token, fc.array(fc.tuple(token, value), { maxLength: 8 }), fc.uint8Array({ maxLength: 50 }), (method, headers, body) => {
      const unknown = headers.map(([name, text]): [string, string] => [`X-${name}`, text]);
      const bytes = buildRequest({ method, uri: 'sip:a@b', headers: unknown, body });
      const result = parse(bytes, defaultLimits, 'stream');
      if (!result.ok) throw new Error(result.reason);
      expect(result.message.method).to.equal(method);
      expect(Buffer.compare(result.message.body, body)).to.equal(0);
      for (const [name, text] of unknown) expect(result.message.header(name)).to.include(Buffer.from(text).toString());
    }), runs);
  });

  it('parse, build, parse is stable', () => {
    for (const bytes of samples) {
      const first = parse(bytes);
      if (!first.ok || !first.message.isRequest || !first.message.isToSound) continue;
      const answer = parse(buildResponse({ request: first.message, code: 200, reason: 'OK', toTag: 't', headers: '' }));
      if (!answer.ok) throw new Error(answer.reason);
      const again = parse(buildResponse({ request: answer.message, code: 200, reason: 'OK', toTag: 'other', headers: '' }));
      if (!again.ok) throw new Error(again.reason);
      for (const id of [Header.Via, Header.From, Header.To, Header.CallId, Header.CSeq]) expect(again.message.lines(id)).to.equal(answer.message.lines(id));
      expect(answer.message.fromTag).to.equal(first.message.fromTag);
      expect(answer.message.toTag).to.equal(first.message.toTag || 't');
    }
  });

  it('D19 every prefix of a good message is a need for more, none is a message', () => {
    for (let at = 0; at < publish.length; at++) {
      const framer = new Framer();
      framer.push(publish.subarray(0, at));
      expect(framer.next()).to.equal(undefined);
    }
  });

  it('D21 every prefix of a good datagram is a clean refusal', () => {
    for (let at = 1; at < publish.length; at++) {
      const result = parse(publish.subarray(0, at));
      expect(result.ok ? 'taken' : result.code).to.equal(400);
    }
  });

  it('D19 frames do not depend on how a stream is cut into chunks', () => {
    const told = (frames: readonly Frame[]): string[] => frames
      .map((frame) => (frame.kind === 'ping' ? 'ping' : `${frame.kind} ${Buffer.from(frame.bytes).toString('latin1')}`))
      // Pings that stand together are one, in each chunk.
      .filter((frame, at, all) => frame !== 'ping' || all[at - 1] !== 'ping');
    fc.assert(fc.property(fc.array(fc.oneof(mutated, fc.constant(publish), fc.constantFrom('\r\n\r\n', '\r\n').map((text) => Buffer.from(text))), { maxLength: 4 }), fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 40 }), (parts, cuts) => {
      const stream = Buffer.concat(parts);
      const whole = new Framer();
      const cut = new Framer();
      const frames: [Frame[], Frame[]] = [[], []];
      whole.push(stream);
      for (let frame = whole.next(); frame !== undefined; frame = whole.next()) frames[0].push(frame);
      for (let at = 0, round = 0; at < stream.length; round++) {
        const size = cuts[round % cuts.length]!;
        cut.push(stream.subarray(at, at + size));
        at += size;
        for (let frame = cut.next(); frame !== undefined; frame = cut.next()) frames[1].push(frame);
      }
      expect(told(frames[1])).to.deep.equal(told(frames[0]));
    }), { ...runs, numRuns: 500 });
  });

  it('parse and Framer agree on where a head ends', () => {
    fc.assert(fc.property(mutated, (bytes) => {
      const framer = new Framer();
      framer.push(bytes);
      let frame = framer.next();
      while (frame?.kind === 'ping') frame = framer.next();
      if (frame?.kind !== 'message') return;
      const asStream = parse(frame.bytes, defaultLimits, 'stream');
      if (!asStream.ok) return;
      const start = bytes.indexOf(frame.bytes);
      const asDatagram = parse(bytes.subarray(start));
      expect(asDatagram.ok && asDatagram.message.bodyLength).to.equal(asStream.message.bodyLength);
    }), { ...runs, numRuns: 1000 });
  });

  it('the readers of the fast path return what the full ones do, or nothing', () => {
    const piece = fc.string({ unit: fc.constantFrom(...'aZ9.-_: \t"<>;,=@%/[]'), maxLength: 8 });
    const agree = (plain: unknown, full: unknown): void => { if (plain !== undefined) expect(plain).to.deep.equal(full); };
    fc.assert(fc.property(piece, piece, piece, fc.boolean(), (a, b, c, isPlain) => {
      const texts = isPlain
        ? [`SIP/2.0/UDP h9.x:506;branch=${a};rport${b}`, `${a}<sip:u@${b}>;tag=${c}`, `<sip:${a}>${b}`, `sip:${a}@${b}`, `12${a} X`]
        : [`SIP/2.0/TCP ${a};rport;branch=${b};${c}`, `sip:${a};tag=${b}`, `${a} <sip:${b}`, `sip:${a}`, `${a} X`];
      for (const text of texts) {
        const bytes = Buffer.from(text, 'latin1');
        const end = text.length;
        const via = fastVia(bytes, text, 0, end);
        if (via !== undefined) {
          const { rportEnd, ...others } = via;
          expect({ ...others, params: via.params }).to.deep.equal((() => { const full = readVia(text, 0, end)!; return { ...full, params: full.params }; })());
          if (rportEnd !== undefined) expect(text.slice(0, rportEnd)).to.match(/;rport$/);
        }
        agree(fastTag(bytes, text, 0, end), tagAt(text, 0, end));
        // Whatever is wrong behind the address has the request refused.
        const from = parseNameAddr(text);
        const aor = parseAor(from?.uri ?? '');
        if (from !== undefined) agree(fastAor(bytes, text, 0, end), aor && aorKey(aor));
        if (from !== undefined) agree(fastAddressUri(bytes, text, 0, end), parseUri(from.uri));
        agree(fastUri(bytes, text, 0, end), parseUri(text));
        agree(fastCSeq(bytes, 0, end, 'X'), parseCSeqAt(text, 0, end));
        const number = fastNumber(bytes, 0, end);
        if (number >= 0) expect(parseDeltaSeconds(text)).to.equal(number);
      }
    }), { ...runs, numRuns: 3000 });
  });

  it('D26 time is linear in the size of what is sent', () => {
    const limits = { maxBytes: 1e7, maxHeadBytes: 1e7, maxHeaders: 1e6, maxHeaderLine: 1e7, maxUri: 1e7, maxBody: 1e7 };
    const shapes: readonly ((size: number) => string[])[] = [
      (size) => [...publishLines.slice(0, 2), `From: ${' '.repeat(size)}`, ...publishLines.slice(3)],
      (size) => [...publishLines.slice(0, 2), `From: ${' '.repeat(size)}x`, ...publishLines.slice(3)],
      (size) => [...publishLines, ...Array.from({ length: size / 8 }, (_, i) => `X${i}: y`)],
      (size) => [...publishLines.slice(0, 2), `From: ${'"'.repeat(size)}<sip:a@b>`, ...publishLines.slice(3)],
      (size) => [...publishLines.slice(0, 2), `From: "${'\\"'.repeat(size / 2)}`, ...publishLines.slice(3)],
      (size) => [...publishLines.slice(0, 2), `From: <sip:a@b>${';x'.repeat(size / 2)}`, ...publishLines.slice(3)],
      (size) => [...publishLines.slice(0, 1), `Via: SIP/2.0/UDP a${';\t'.repeat(size / 2)}`, ...publishLines.slice(2)],
      (size) => [...publishLines.slice(0, 1), `Via: ${'SIP/2.0/UDP a,'.repeat(size / 14)}`, ...publishLines.slice(2)],
      (size) => [...publishLines, `Supported: ${','.repeat(size)}`, `Accept: ${'<'.repeat(size)}`, `X: y${'\r\n '.repeat(size / 3)}`],
      (size) => [`PUBLISH sip:${'a;'.repeat(size / 2)}@${'b.'.repeat(size / 2)};${'%41'.repeat(size / 3)} SIP/2.0`, ...publishLines.slice(1)],
    ];
    const timeOf = (bytes: Uint8Array): number => cpuTimeOf(() => {
      const result = parse(bytes, limits);
      if (result.message !== undefined) {
        askAll(result.message);
        buildResponse({ request: result.message, code: 400, reason: 'x', toTag: 't', headers: '' });
      }
    });
    for (const [index, shape] of shapes.entries()) {
      const [small, large] = [30_000, 480_000].map((size) => { const bytes = bytesOf(shape(size)); return Math.min(timeOf(bytes), timeOf(bytes), timeOf(bytes)); });
      // 16 times the size: linear is 16 times the time, quadratic 256 times; small amounts are noise
      expect(large! / Math.max(small!, 1), `shape ${index}: ${small} ms, then ${large} ms`).to.be.below(90);
    }
  }).timeout(20_000);

  it('D19 1-byte chunks cost linear work', () => {
    const length = 400_000;
    const stream = bytesOf([...publishLines.slice(0, -1), `l: ${length}`], pidf.padEnd(length));
    const framer = new Framer();
    const frames: Frame[] = [];
    const took = cpuTimeOf(() => {
      for (let at = 0; at < stream.length; at++) {
        framer.push(stream.subarray(at, at + 1));
        const frame = framer.next();
        if (frame !== undefined) frames.push(frame);
      }
    });
    expect(frames.map(({ kind }) => kind)).to.deep.equal(['message']);
    // about 0.1 s; a copy of what is held for each byte would take 80 GB of copying
    expect(took).to.be.below(5_000);
  });
});
