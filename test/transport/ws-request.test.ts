import { expect } from 'chai';
import { WsRequest, type RequestHead } from '../../packages/core/src/transport/ws/upgrade-request.ts';
import { bytes } from '../kit/request-text.ts';
import { cpuTimeOf } from '../kit/cpu-time.ts';
import { upgradeRequest } from './web-sockets.ts';

/** What is made of a request that comes in chunks of that size. */
function read(text: string, size = text.length): RequestHead | undefined {
  const request = new WsRequest();
  for (let at = 0; at < text.length; at += size) {
    const head = request.push(bytes(text.slice(at, at + size)));
    if (head !== undefined) return head;
  }
  return undefined;
}

const lines = (...fields: readonly string[]): string => ['GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket', ...fields, '', ''].join('\r\n');
const headers = (text: string): unknown => Object.entries((read(text) as { readonly headers?: object } | undefined)?.headers ?? {});
const usual = [['host', 'a'], ['connection', 'Upgrade'], ['upgrade', 'websocket']];

describe('the head of a request for a WebSocket', () => {
  for (const size of [1, 2, 3, 50, 1000]) {
    it(`RFC 9112 2.1 ends with the first empty line, in chunks of ${size}`, () => {
      expect(read(upgradeRequest, size)).to.have.nested.property('headers.sec-websocket-protocol', 'sip');
      expect(read(upgradeRequest.slice(0, -1), size)).to.equal(undefined);
      expect(read(upgradeRequest.replaceAll('\r\n', '\n'), size)).to.have.property('headers');
    });
  }

  it('RFC 6455 4.1 has nothing behind it: a chunk is one request, whatever else is in it', () => {
    for (const more of ['x', '\r\n', upgradeRequest, '\x89\x80\0\0\0\0']) {
      expect(read(upgradeRequest + more)).to.deep.equal({ code: 400, reason: 'something comes behind it before it is answered (RFC 6455 4.1)' });
    }
    expect(read('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2500))).to.include({ code: 426 });
  });

  it('RFC 9110 5.3 joins fields of one name, whatever its case, and RFC 9112 5.1 takes off the white space around a value', () => {
    expect(headers(lines('a: 1', 'A:\t2 ', 'b:', '__proto__: x'))).to.deep.equal([...usual, ['a', '1, 2'], ['b', ''], ['__proto__', 'x']]);
    expect(read(lines().replace('Upgrade\r', 'keep-alive, upgrade\r').replace('websocket', 'WebSocket'))).to.have.property('headers');
  });

  for (const [what, text] of Object.entries({
    'a line without a colon': lines('nonsense'), 'a name with a space': lines('a : b'), 'no name': lines(': b'), 'RFC 9112 5.2 a folded line': lines('a: b', ' c'),
    'a control character': lines('a: b\0'), 'a bare CR': lines('a: b\rc: d'), 'another version': lines().replace('1.1', '2.0'), 'no version': 'GET /\r\n\r\n',
    'a small method': 'get / HTTP/1.1\r\nHost: a\r\n\r\n', 'SIP': 'OPTIONS sip:a SIP/2.0\r\n\r\n', 'an empty line before it': `\r\n${upgradeRequest}`,
  })) {
    it(`RFC 9112 is no HTTP with ${what}`, () => {
      expect(read(text)).to.deep.equal({ code: 400, reason: 'it is no HTTP' });
    });
  }

  it('is no HTTP as soon as its first bytes cannot begin a method', () => {
    for (const text of ['\x16\x03\x01', '\0', 'x', 'GET\r', 'A'.repeat(30)]) expect(read(text), text).to.include({ code: 400 });
    for (const text of ['G', 'OPTIONS', 'GET ', 'GET /a']) expect(read(text), text).to.equal(undefined);
  });

  for (const [what, text] of Object.entries({ 'no Connection': lines().replace('Connection', 'X'), 'no Upgrade': lines().replace('Upgrade:', 'X:'), 'HTTP/2 instead': lines().replace('websocket', 'h2c') })) {
    it(`RFC 9110 15.5.22 is 426 with ${what}`, () => {
      expect(read(text)).to.include({ code: 426 });
    });
  }

  for (const [what, text] of Object.entries({ 'POST': lines().replace('GET', 'POST'), 'HTTP/1.0': lines().replace('1.1', '1.0'), 'no Host': lines().replace('Host', 'X') })) {
    it(`RFC 6455 4.2.1 is 400 with ${what}`, () => {
      expect(read(text)).to.deep.equal({ code: 400, reason: 'its head is not that of RFC 6455 4.2.1' });
    });
  }

  it('D26 is 431 above 16 KiB, whether it ends or not, and with 64 fields', () => {
    const filled = (size: number): string => lines(`a: ${'x'.repeat(size - lines('a: ').length)}`);
    expect(read(filled(16_384))).to.have.property('headers');
    for (const size of [100, 70_000]) expect(read(filled(16_385), size)).to.deep.equal({ code: 431, reason: 'its head is too large' });
    expect(read(filled(60_000).slice(0, 20_000))).to.include({ code: 431 });
    expect(read(lines(...Array<string>(60).fill('a:b')))).to.have.property('headers');
    expect(read(lines(...Array<string>(61).fill('a:b')))).to.deep.equal({ code: 431, reason: 'it has too many header lines' });
  });

  it('D26 takes a time that grows with its size alone, spaces and commas too', () => {
    const took = cpuTimeOf(() => {
      for (const filler of [' ', ',', '\t', 'a:\r\n', 'a,']) read(lines(`Upgrade: ${filler.repeat(16_000 / filler.length)}x`));
    });
    expect(took).to.be.below(200);
  });
});
