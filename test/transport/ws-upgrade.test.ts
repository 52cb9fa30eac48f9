import { once } from 'node:events';
import { connect as connectSecure } from 'node:tls';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import type { TransportOptions } from '../../packages/core/src/transport/transport-options.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { allOf, bind, closeAll, later, portOf, someOf, tcpClient, until, type Bench } from './sockets.ts';
import { dial, nextMessage, refusal, upgradeRequest, wsClient, type ClientHow } from './web-sockets.ts';

const listen = (options: Partial<TransportOptions> = {}): Promise<Bench> => bind('sip:127.0.0.1:0;transport=ws', options);

/** What the server says to an HTTP request, until it closes. */
async function http(bench: Bench, text: string): Promise<string> {
  const socket = await tcpClient(portOf(bench, 'ws'));
  const answer = allOf(socket);
  socket.write(text);
  return answer;
}

describe('the request for a WebSocket', () => {
  afterEach(closeAll);

  for (const protocols of ['sip', ['chat', 'sip']] as const) {
    it(`D39 RFC 7118 4 is granted, and sip echoed, where ${String(protocols)} is offered`, async () => {
      expect((await wsClient(await listen(), { protocols })).protocol).to.equal('sip');
    });
  }

  for (const [what, protocols] of [['none', []], ['another', 'chat'], ['one that only begins so', 'sips']] as const) {
    it(`D39 RFC 7118 4 is refused with 400 where ${what} is offered`, async () => {
      expect(await refusal(dial(await listen(), { protocols }))).to.equal(400);
    });
  }

  it('D39 RFC 6455 4.2.1 is refused with 400 without its key', async () => {
    const answer = await http(await listen(), 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n');
    expect(answer).to.match(/^HTTP\/1\.1 400 /);
  });

  it('RFC 6455 10.2 is refused with 403 to a page of an origin that is not allowed', async () => {
    const bench = await listen({ ws: { pingInterval: 0, origins: ['https://good.example', 'null'] } });
    const from = (origin: string): ClientHow => ({ options: { origin } });
    expect(await refusal(dial(bench, from('https://bad.example')))).to.equal(403);
    expect(await refusal(dial(bench, from('https://good.example:8443')))).to.equal(403);
    await wsClient(bench, from('https://good.example'));
    await wsClient(bench, from('null'));
    await wsClient(bench);
  });

  for (const [what, text] of [
    ['GET', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['POST', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'],
  ] as const) {
    it(`is answered 426 and closed where ${what} asks for no WebSocket`, async () => {
      const answer = await http(await listen(), text);
      expect(answer).to.match(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
      expect(answer).to.match(/\r\nUpgrade: websocket\r\n/);
    });
  }

  it('D26 is one for a chunk, whatever is pipelined in it: one answer, and one line at debug', async () => {
    const bench = await listen();
    for (const [text, code] of [['GET / HTTP/1.1\r\nHost:x\r\n\r\n', 426], ['GET / HTTP/1.1\nHost:x\n\n', 426], [upgradeRequest, 400]] as const) {
      bench.notes.length = 0;
      const client = await tcpClient(portOf(bench, 'ws'));
      const noted = until(() => bench.notes.length > 0);
      client.write(text.repeat(2500));
      const answer = await allOf(client);
      await noted;
      expect(bench.notes).to.have.length(1);
      expect(bench.notes[0]).to.contain(` ${code}: `);
      // Unread bytes may make the system drop the answer.
      if (answer !== '') expect(answer.match(/HTTP\/1.1 \d+/g)).to.deep.equal([`HTTP/1.1 ${code}`]);
      await until(() => bench.memory.usage().used === 0);
    }
  });

  it('is answered 400 and closed where it is SIP', async () => {
    const bench = await listen();
    expect(await http(bench, optionsText('1'))).to.match(/^HTTP\/1\.1 400 /);
    expect(bench.receiver.messages).to.deep.equal([]);
  });

  it('D26 is answered 431 and closed above 16 KiB', async () => {
    const answer = await http(await listen(), `GET / HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(17_000)}\r\n\r\n`);
    expect(answer).to.match(/^HTTP\/1\.1 431 /);
  });

  it('D26 is answered 431 and closed with 64 header lines or more; browsers send some 15', async () => {
    const ask = (lines: number): string => `${upgradeRequest.slice(0, -2)}${'a:b\r\n'.repeat(lines)}\r\n`;
    const bench = await listen();
    for (const lines of [58, 59, 200, 1500]) expect(await http(bench, ask(lines))).to.match(/^HTTP\/1\.1 431 /);
    const socket = await tcpClient(portOf(bench, 'ws'));
    socket.write(ask(57));
    expect(await someOf(socket, 12)).to.match(/^HTTP\/1\.1 101 /);
  });

  // 60 ms of CPU in Node 20.19 for 2,000 names in one head.
  it('D26 is answered 400 and closed where it offers more subprotocols than anybody speaks', async () => {
    const offer = (names: string): string => `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`
      + `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: sip${names}\r\n\r\n`;
    const bench = await listen();
    expect(await http(bench, offer(Array.from({ length: 200 }, (_, i) => `,${4096 * i}`).join('')))).to.match(/^HTTP\/1\.1 400 /);
  });

  it('D58 ends the connection where it is not complete in time', async () => {
    const bench = await listen({ headTimeout: 40 });
    expect(await http(bench, '')).to.equal('');
    expect(await http(bench, 'GET / HTTP/1.1\r\nHost: a\r\n')).to.equal('');
  });

  it('D58 leaves a WebSocket alone once it is granted', async () => {
    const bench = await listen({ headTimeout: 20 });
    const client = await wsClient(bench);
    expect(await http(bench, '')).to.equal('');
    expect(await http(bench, '')).to.equal('');
    client.send(optionsText('1'));
    await bench.receiver.nth(1);
  });

  it('is cut off when the transports are closed', async () => {
    const bench = await listen();
    const socket = await tcpClient(portOf(bench, 'ws'));
    const closed = allOf(socket);
    socket.write('GET / HTTP/1.1\r\n');
    await wsClient(bench);
    await bench.transports.close();
    expect(await closed).to.equal('');
    expect(bench.memory.usage().used).to.equal(0);
  });
});

describe('a request for a WebSocket that is refused', () => {
  afterEach(closeAll);

  const told = (bench: Bench): string => bench.notes.join('; ').replace(/127\.0\.0\.1:\d+/g, 'PEER');

  it('leaves a line at debug that says why', async () => {
    const bench = await listen({ ws: { pingInterval: 0, origins: ['https://good.example'] } });
    const refused: readonly (readonly [ClientHow, number, string])[] = [
      [{ protocols: [] }, 400, "The subprotocol must be sip, it is ''"],
      [{ protocols: 'chat' }, 400, "The subprotocol must be sip, it is 'chat'"],
      [{ options: { origin: 'https://bad.example' } }, 403, "This origin is not one of sip_ws_origins, it is 'https://bad.example'"],
    ];
    for (const [how, code, why] of refused) {
      expect(await refusal(dial(bench, how))).to.equal(code);
      expect(told(bench)).to.equal(`ws:PEER: the request for a WebSocket is refused with ${code}: ${why}`);
      bench.notes.length = 0;
    }
    const texts: readonly (readonly [string, string])[] = [
      ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', '426: it asks for no WebSocket'],
      ['GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n', '400: its head is not that of RFC 6455 4.2.1'],
      [`GET / HTTP/1.1\r\nHost: a\r\nCookie: ${'x'.repeat(17_000)}\r\n\r\n`, '431: its head is too large'],
      [`${upgradeRequest.slice(0, -2)}${'a:b\r\n'.repeat(100)}\r\n`, '431: it has too many header lines'],
      ['nonsense\r\n\r\n', '400: it is no HTTP'],
    ];
    for (const [text, why] of texts) {
      await http(bench, text);
      expect(told(bench)).to.equal(`ws:PEER: the request for a WebSocket is refused with ${why}`);
      bench.notes.length = 0;
    }
    expect(bench.receiver.faults).to.deep.equal([]);
  });
});

describe('WebSocket over TLS', () => {
  afterEach(closeAll);

  const listenWss = (options: Partial<TransportOptions> = {}): Promise<Bench> => bind('sips:127.0.0.1:0;transport=ws', options);

  it('D41 serves wss with the certificate that TLS has', async () => {
    const bench = await bind('sips:127.0.0.1:0;transport=wss, sips:127.0.0.1:0');
    const client = await wsClient(bench, { secure: true });
    client.send(optionsText('1'));
    const { source, text } = await bench.receiver.nth(1);
    expect(text).to.equal(optionsText('1'));
    expect(source).to.include({ transport: 'wss', address: '127.0.0.1', localPort: portOf(bench, 'wss') });
    const answered = nextMessage(client);
    source.reply(bytes('answer'), '127.0.0.99', 1);
    expect((await answered).text).to.equal('answer');
    expect(bench.transports.listeners[0]?.uri).to.equal(`sips:127.0.0.1:${portOf(bench, 'wss')};transport=wss`);
    expect(bench.warnings).to.have.length(1);
  });

  it('D39 refuses another subprotocol over TLS, too', async () => {
    expect(await refusal(dial(await listenWss(), { secure: true, protocols: 'chat' }))).to.equal(400);
  });

  it('D58 gives the place of a connection back at once that is refused and reset', async () => {
    const bench = await listenWss();
    const refused = [upgradeRequest.replace('sip', 'chat'), upgradeRequest + upgradeRequest, upgradeRequest.replace('13', '99'), 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', '\0\0\r\n\r\n'];
    const clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    later(() => clock.restore());
    for (const text of refused) {
      for (const more of [0, 100_000]) {
        const below = await tcpClient(portOf(bench, 'wss'));
        const socket = connectSecure({ socket: below, rejectUnauthorized: false });
        socket.on('error', () => undefined);
        await once(socket, 'secureConnect');
        const { length } = bench.notes;
        socket.write(text);
        if (more > 0) socket.write(Buffer.alloc(more));
        await until(() => bench.notes.length > length);
        below.resetAndDestroy();
        await until(() => bench.memory.usage().used === 0);
      }
    }
    expect(bench.notes).to.have.length(2 * refused.length);
  });

  it('does not start without a certificate when it may make none', async () => {
    const started = listenWss({ tls: { selfSigned: false, verify: true, requireClientCertificate: false } });
    expect(await started.then(() => 'started', (error: unknown) => String(error))).to.contain('tls_self_signed is false');
  });

  it('closes a connection that is no TLS, one that never shakes hands and one that asks for nothing', async () => {
    const bench = await listenWss({ headTimeout: 40 });
    const nonsense = await tcpClient(portOf(bench, 'wss'));
    const closed = allOf(nonsense);
    nonsense.write('GET / HTTP/1.1\r\n\r\n');
    await closed;
    await allOf(await tcpClient(portOf(bench, 'wss')));
    expect(bench.receiver.faults[0]?.message).to.match(/^wss 127\.0\.0\.1:\d+ failed: a peer speaks HTTP or SIP without TLS to a TLS port: /);
  });

  it('closes all of it when the transports are closed', async () => {
    const bench = await listenWss();
    const client = await wsClient(bench, { secure: true });
    const closed = once(client, 'close');
    await bench.transports.close();
    expect((await closed)[0]).to.equal(1001);
  });
});
