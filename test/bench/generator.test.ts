import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Generator } from '../../bench/generator.mts';

const ok = 'SIP/2.0 200 OK\r\nSIP-ETag: tag\r\nExpires: 3600';

describe('The generator of the measurements', () => {
  let socket: Socket;
  let generator: Generator;
  let requests: string[];
  /** What the server answers to the requests one after the other; nothing to those for which it is undefined. */
  let answers: (string | undefined)[];

  beforeEach(async () => {
    [requests, answers] = [[], []];
    socket = createSocket('udp4').bind(0, '127.0.0.1');
    socket.on('message', (bytes, { port, address }) => {
      const request = bytes.toString('latin1');
      const answer = answers[requests.push(request) - 1];
      if (answer !== undefined) socket.send(`${answer}\r\n${/^Via: .*$/m.exec(request)?.[0]}\n\r\n`, port, address);
    });
    await once(socket, 'listening');
    generator = await Generator.open(socket.address(), 'udp', 10);
  });

  afterEach(() => {
    generator[Symbol.dispose]();
    socket.close();
  });

  it('writes requests that are whole, each for a publication of its own, with the tag that it was told', async () => {
    answers = [ok, ok.replace('tag', 'other'), ok, ok];
    await generator.run({ kind: 'initial', count: 2, window: 1 });
    const { wrong } = await generator.run({ kind: 'modify', count: 2, window: 1 });
    expect([...wrong]).to.deep.equal([]);
    for (const request of requests) {
      const [head = '', body = ''] = request.split('\r\n\r\n');
      expect(head).to.match(new RegExp(`^Content-Length: ${body.length}$`, 'm')).and.not.match(/[UTE]{4}/);
    }
    expect(requests.map((request) => /^PUBLISH (\S+)/.exec(request)?.[1])).to.deep.equal([0, 1, 0, 1].map((user) => `sip:u0000000${user}@example.com`));
    expect(requests.map((request) => /^SIP-If-Match: (.*)\r$/m.exec(request)?.[1])).to.deep.equal([undefined, undefined, 'tag', 'other']);
    expect(new Set(requests.map((request) => /branch=([^;]*)/.exec(request)?.[1]))).to.have.property('size', 4);
  });

  it('counts answers that are wrong, by what is wrong with them', async () => {
    answers = [ok, 'SIP/2.0 500 Error', 'SIP/2.0 500 Error', 'SIP/2.0 200 OK\r\nExpires: 3600', ok.replace('3600', '7200')];
    const { wrong } = await generator.run({ kind: 'initial', count: 5, window: 5 });
    expect(Object.fromEntries(wrong)).to.deep.equal({ '500 for 200': 2, 'no SIP-ETag': 1, 'Expires: 7200': 1 });
  });

  it('wants a 412 where there is nothing', async () => {
    answers = ['SIP/2.0 412 Conditional Request Failed', ok];
    const { wrong } = await generator.run({ kind: '412', count: 2, window: 1 });
    expect(Object.fromEntries(wrong)).to.deep.equal({ '200 for 412': 1 });
  });

  it('sends the same again that is not answered, and counts the time from the first', async () => {
    answers = [undefined, ok];
    const { resent, times, wrong } = await generator.run({ kind: 'initial', count: 1, window: 1 });
    expect({ resent, wrong: wrong.size }).to.deep.equal({ resent: 1, wrong: 0 });
    expect(requests[1]).to.equal(requests[0]);
    expect(times[0]).to.be.greaterThan(490);
  });

  it('counts the time of one that is late from the moment at which it was due', async () => {
    // The second is due 10 ms after the first, which keeps the only slot for 500.
    answers = [undefined, ok, ok];
    const { times } = await generator.run({ kind: 'initial', count: 2, window: 1, rate: 100 });
    expect(times).to.have.length(2);
    expect(times[0]).to.be.greaterThan(450);
  });

  it('tells that a connection broke, and does not begin on one that is broken', async () => {
    const server = createServer((one) => one.once('data', () => one.destroy())).listen(0, '127.0.0.1');
    await once(server, 'listening');
    using broken = await Generator.open(server.address() as AddressInfo, 'tcp', 10);
    for (let i = 0; i < 2; i++) expect(await broken.run({ kind: 'initial', count: 2, window: 1 }).catch(String)).to.match(/closed the connection|ECONNRESET|EPIPE/);
    server.close();
  });
});
