import { buildRequest, buildResponse, checkRequest, checkResponse, defaultLimits, Framer, Header, headerName, Message, parse, type Frame, type ParseLimits, type ParseResult } from '@nksip-ts/sip';
import { anyMessage } from './mutations.ts';
import { Random } from './random.ts';
import { readAll } from './readers.ts';
import { must, type Input, type Target } from './target.ts';

/** What we write is a little longer than what we read. */
const noLimits: ParseLimits = { maxBytes: 1e9, maxHeadBytes: 1e9, maxHeaders: 1e6, maxHeaderLine: 1e9, maxUri: 1e9, maxBody: 1e9 };
const ids = Object.values(Header);
const getters = Object.entries(Object.getOwnPropertyDescriptors(Message.prototype)).flatMap(([name, { get }]) => (get === undefined ? [] : [name]));

/** parse, Framer, the checks, every getter and reader, and the answer: they take anything, and what they make is sound. */
export class CodecTarget implements Target {
  readonly name = 'codec';

  make(random: Random): Input {
    return Array.from({ length: random.once(4) ? 1 + random.below(4) : 1 }, () => anyMessage(random));
  }

  run(input: Input): void {
    for (const bytes of input) parseBoth(bytes);
    frameAll(Buffer.concat(input));
  }

  async close(): Promise<void> { /* nothing is open */ }
}

function parseBoth(bytes: Buffer): void {
  for (const framing of ['datagram', 'stream'] as const) {
    const result = parse(bytes, defaultLimits, framing);
    checkResult(result);
    if (result.message === undefined) continue;
    askAll(result.message);
    if (result.message.isRequest) checkAnswer(result.message, result.ok);
    if (result.ok && result.message.isRequest && checkRequest(result.message) === undefined) buildAgain(result.message);
  }
}

/** A refusal has a code that may be sent and a reason that is one line. */
function checkResult(result: ParseResult): void {
  if (result.ok) return;
  must(result.code === 0 || [400, 413, 414, 513].includes(result.code), `parse refuses with ${result.code}`);
  must(/^[ -~]*$/.test(result.reason) && (result.reason !== '') === (result.code !== 0), `parse refuses with the reason ${JSON.stringify(result.reason)}`);
}

function askAll(message: Message): void {
  for (const id of ids) {
    const values = message.values(id);
    must(values.length === message.count(id) && values[0] === message.first(id), `values, count and first of ${headerName(id)} do not agree`);
    must((message.lines(id) === '') === (message.count(id) === 0), `the lines of ${headerName(id)} are not as many as it has`);
    if (values.length > 0) message.list(id);
    for (const value of values.slice(0, 4)) readAll(value);
  }
  message.header('X-Unknown');
  for (const name of getters) Reflect.get(message, name);
  void message.topVia?.params;
  readAll(message.requestUri);
  void checkResponse(message);
}

/** RFC 3261 8.2.6: whatever is answered is a response that we would take ourselves; to a sound request a sound one. */
function checkAnswer(request: Message, isWhole: boolean): void {
  const bytes = buildResponse({ request, code: 400, reason: 'Bad Request', toTag: 'fuzz', headers: '' });
  const answer = parse(bytes, noLimits, 'stream');
  must(answer.ok, `the answer cannot be read: ${answer.ok || answer.reason}`);
  must(answer.message.status === 400 && answer.message.bodyLength === 0, 'the answer is another one than was built');
  must(answer.message.count(Header.Via) === request.count(Header.Via), 'the answer has not the Vias of its request');
  if (!isWhole || checkRequest(request) !== undefined) return;
  const problem = checkResponse(answer.message);
  must(problem === undefined, `the answer to a sound request is not sound: ${problem?.reason ?? ''}`);
  must(answer.message.callId === request.callId && answer.message.fromTag === request.fromTag, 'the answer belongs to another request');
  must(answer.message.toTag === (request.toTag || 'fuzz'), 'the answer has another To tag');
}

/** A sound request, built of what was read in it, says the same again. */
function buildAgain(request: Message): void {
  const uri = Buffer.from(request.requestUri, 'latin1').toString();
  const headers = ids.filter((id) => id !== Header.ContentLength).flatMap((id) => request.header(headerName(id)).map((value): [string, string] => [headerName(id), value]));
  // a quoted-pair may hold NUL, and a URI white space of Unicode: nothing that we would send
  if (/\s/.test(uri) || headers.some(([, value]) => value.includes('\0'))) return;
  const again = parse(buildRequest({ method: request.method, uri, headers, body: request.body }), noLimits, 'stream');
  must(again.ok, `a request built again cannot be read: ${again.ok || again.reason}`);
  must(again.message.method === request.method && Buffer.compare(again.message.body, request.body) === 0, 'a request built again has another method or body');
  for (const [name, value] of headers) must(again.message.header(name).includes(value), `a request built again has no ${name}: ${value}`);
  const problem = checkRequest(again.message);
  must(problem === undefined, `a sound request built again is not sound: ${problem?.reason ?? ''}`);
}

/** Frames do not depend on the chunks, and every message among them is one for `parse` too. */
function frameAll(stream: Buffer): void {
  const random = new Random(stream.length);
  const whole = frames(stream, () => stream.length);
  const cut = frames(stream, () => random.size(random.once(2) ? 4 : stream.length));
  must(whole.length === cut.length, `a stream in one chunk has ${whole.length} frames, in several ${cut.length}`);
  for (const [index, frame] of whole.entries()) {
    const other = cut[index]!;
    must(told(frame) === told(other), `frame ${index} depends on the chunks`);
    if (frame.kind !== 'message') continue;
    const result = parse(frame.bytes, defaultLimits, 'stream');
    must(result.ok || !/Content-Length|Empty Line/.test(result.reason), `Framer and parse do not agree: ${result.ok || result.reason}`);
  }
}

function told(frame: Frame): string {
  // what a broken frame knows of its head is what had come by then
  if (frame.kind === 'broken') return `${frame.code} ${frame.reason}`;
  return frame.kind === 'ping' ? 'ping' : Buffer.from(frame.bytes).toString('latin1');
}

function frames(stream: Buffer, size: () => number): Frame[] {
  const framer = new Framer();
  const list: Frame[] = [];
  for (let at = 0; at < stream.length;) {
    const end = Math.min(stream.length, at + size());
    framer.push(stream.subarray(at, end));
    at = end;
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) list.push(frame);
  }
  // Pings that stand together are one, in each chunk.
  return list.filter((frame, at) => frame.kind !== 'ping' || list[at - 1]?.kind !== 'ping');
}
