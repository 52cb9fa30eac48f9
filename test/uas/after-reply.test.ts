import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { expect } from 'chai';
import { uac, type NksipError, type Service, type SipRequest } from '@nksip-ts/core';
import { requestText } from '../kit/request-text.ts';
import { closeAll, later, portOf, running } from '../wire/running.ts';

describe('afterReply', () => {
  afterEach(closeAll);

  async function socket(): Promise<Socket> {
    const made = createSocket('udp4');
    later(() => made.close());
    made.bind(0, '127.0.0.1');
    await once(made, 'listening');
    return made;
  }

  async function firstLines(peer: Socket, many: number): Promise<readonly string[]> {
    const lines: string[] = [];
    while (lines.length < many) {
      const [bytes] = await once(peer, 'message') as [Buffer];
      lines.push(bytes.toString().split('\r\n')[0] ?? '');
    }
    return lines;
  }

  function messageFrom(peer: Socket): string {
    return requestText({ method: 'MESSAGE', via: [`SIP/2.0/UDP 127.0.0.1:${peer.address().port};rport;branch=z9hG4bKafter${Math.random()}`], body: 'x' });
  }

  it('what it sends follows the response, over one socket and from another one, and comes once however often the request is repeated', async () => {
    for (const sip_udp_client_socket of [false, true]) {
      const peer = await socket();
      const codes: (number | undefined)[] = [];
      const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_udp_client_socket }, {
        sip_message: (req: SipRequest) => {
          req.afterReply((code) => {
            codes.push(code);
            void uac.request(req.service, 'INFO', `sip:127.0.0.1:${peer.address().port}`, { timeout: 0.01 });
          });
          return ['reply', 'accepted'];
        },
      });
      const text = messageFrom(peer);
      const lines = firstLines(peer, 3);
      peer.send(text, portOf(service, 'udp'), '127.0.0.1');
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      peer.send(text, portOf(service, 'udp'), '127.0.0.1');
      expect((await lines).map((line) => line.slice(0, 12))).to.deep.equal(['SIP/2.0 202 ', 'INFO sip:127', 'SIP/2.0 202 ']);
      expect(codes).to.deep.equal([202]);
    }
  });

  async function codesOf(service: Service, codes: readonly unknown[], from?: object): Promise<readonly unknown[]> {
    await service.inject(requestText({ method: 'MESSAGE' }), from);
    return codes;
  }

  it('tells the code that was sent, of an injected request too, and what throws is a fault of the service', async () => {
    const codes: unknown[] = [];
    const follow = (req: SipRequest): void => { req.afterReply((code) => { codes.push(code); }); };
    const faults: NksipError[] = [];
    const service = await running({}, { sip_message: (req: SipRequest) => { follow(req); return ['reply', 'nonsense']; } });
    expect(await codesOf(service, codes)).to.deep.equal([500]);
    const late = await running({}, { sip_message: async (req: SipRequest) => {
      await Promise.resolve();
      follow(req);
      req.afterReply(() => { throw new Error('as the test wants it'); });
      req.afterReply(() => Promise.reject(new Error('later')));
      setImmediate(() => follow(req));
      return ['reply', 'ok'];
    } });
    late.events.on('error', ({ error }) => faults.push(error));
    await codesOf(late, codes);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
    expect(codes).to.deep.equal([500, 200, 200]);
    expect(faults.map(({ message }) => message)).to.have.length(2);
    const large = await running({}, { sip_message: (req: SipRequest) => { follow(req); return ['reply', ['ok', { body: 'x'.repeat(5000) }]]; } });
    await codesOf(large, codes);
    expect(codes.at(-1), 'too large for an address that nothing proves').to.equal(500);
  });

  it('tells undefined where no response is sent: the service stops, or 64*T1 are over', async () => {
    const codes: unknown[] = [];
    const module = { sip_message: (req: SipRequest) => {
      req.afterReply((code) => { codes.push(code); });
      return new Promise(() => undefined);
    } };
    const stopped = await running({}, module);
    const waits = stopped.inject(requestText({ method: 'MESSAGE' }));
    await stopped.stop();
    await waits;
    expect(codes).to.deep.equal([undefined]);
    const slow = await running({ sip_timer_t1: 1, sip_timer_t2: 2 }, module);
    await slow.inject(requestText({ method: 'MESSAGE' }));
    await new Promise((resolve) => { setTimeout(resolve, 600); });
    expect(codes).to.deep.equal([undefined, undefined]);
  });
});
