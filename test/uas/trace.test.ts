import { expect } from 'chai';
import { update, uac, type Logger } from '@nksip-ts/core';
import { redacted } from '../../packages/core/src/trace.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import { cpuTimeOf } from '../kit/cpu-time.ts';
import { closeAll, LogRecorder, overUdp, portOf, running } from '../wire/running.ts';

/** As lines of a log. */
const indented = (text: string): string => text.split('\r\n').map((line) => line === '' ? '\n' : `\n    ${line}`).join('');

const traced = (logger: LogRecorder) => logger.lines.filter(({ fields }) => 'trace' in fields);

describe('the message trace', () => {
  afterEach(closeAll);

  it('logs each message that was received or sent, with its peer, whole', async () => {
    const logger = new LogRecorder();
    const service = await running({ logger, sip_trace: true, sip_listen: 'sip:127.0.0.1:0;transport=udp' }, { sip_publish: () => ['reply', 'ok'] });
    const peer = await overUdp(service);
    const text = publishText({ port: peer.port, body: 'grüße' });
    const response = await peer.ask(text);
    const from = `udp 127.0.0.1:${peer.port}`;
    expect(traced(logger).map(({ message }) => message)).to.deep.equal([`received from ${from}${indented(text)}`, `sent to ${from}${indented(response.text)}`]);
    expect(traced(logger)[0]?.fields).to.deep.equal({ trace: 'received from', transport: 'udp', address: '127.0.0.1', port: peer.port });
    expect(traced(logger).every(({ level }) => level === 'info')).to.equal(true);
  });

  it('has the requests that the service sends, and what comes back', async () => {
    const server = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    const logger = new LogRecorder();
    const client = await running({ logger, sip_trace: true });
    await uac.options(client, `sip:127.0.0.1:${portOf(server, 'udp')};transport=udp`);
    expect(traced(logger).map(({ message }) => message.split('\n').slice(0, 2).map((line) => line.trim().split(' ')[0]))).to.deep.equal([['sent', 'OPTIONS'], ['received', 'SIP/2.0']]);
  });

  it('has no credentials in it', async () => {
    const logger = new LogRecorder();
    const service = await running({ logger, sip_trace: true }, { sip_publish: () => ['reply', 'ok'] });
    await service.inject(publishText({ headers: ['Authorization: Digest username="bob", response="secret"', 'proxy-authorization : Basic secret'] }));
    const lines = traced(logger).map(({ message }) => message).join('\n');
    expect(lines).not.to.include('secret');
    expect(lines).to.include('Authorization: Digest [redacted]\n').and.include('proxy-authorization : Basic [redacted]\n');
  });

  it('has no whole entity-tag in it, with which anybody could remove what is stored', () => {
    const text = 'SIP-If-Match: 0123456789abcdef0123456789abcdef\r\nsip-etag :\r\n 0123456789abcdef0123456789abcdef\r\nSIP-ETag: dx200xyz\r\nSIP-ETag: 0123 \r\nSIP-If-Match: dx200xyz\rdx200xyz,\r\n dx200xyz\r\nSubject: SIP-ETag: 0123456789\r\n';
    expect(redacted(Buffer.from(text))).to.equal('SIP-If-Match: 01234567...\r\nsip-etag :\r\n 01234567...\r\nSIP-ETag: dx...\r\nSIP-ETag: 0...\r\nSIP-If-Match: dx...\r\nSubject: SIP-ETag: 0123456789\r\n');
  });

  for (const [how, value] of [
    ['folded behind the colon', 'Authorization:\r\n Digest username="bob",\r\n\tresponse="secret"'],
    ['folded with bare line feeds', 'Authorization: Digest username="bob",\n response="secret"'],
    ['without a scheme', 'Authorization: response="secret"'],
    ['with a comma behind the scheme', 'Authorization: Digest,response="secret"'],
    ['with a bare carriage return', 'Authorization: Digest a\rresponse="secret"'],
    ['in any case, twice', 'AUTHORIZATION: digest secret\r\nauthorization: digest secret'],
  ] as const) {
    it(`has no credentials that are ${how}`, () => {
      const text = redacted(Buffer.from(requestText({ headers: [value, 'X-After: kept'] })));
      expect(text).not.to.include('secret');
      expect(text).to.include('\r\nX-After: kept\r\n');
    });
  }

  it('has the line ends of a message as its own, and nothing else that is not seen: no line of it passes for an entry', async () => {
    const logger = new LogRecorder();
    const service = await running({ logger, sip_trace: true }, { sip_publish: () => ['reply', 'ok'] });
    await service.inject(publishText({ headers: ['Subject: a\x1b[31m\tb\u202e'], body: '12:00:00.000 info  forged\r\n12:00:00.000 info  again\nand\rmore\x85' }));
    expect(traced(logger)[0]?.message).to.include(String.raw`Subject: a\x1b[31m\tb\u202e`)
      .and.include(`\n    12:00:00.000 info  forged\n    ${String.raw`12:00:00.000 info  again\nand\rmore\x85`}`);
  });

  it('takes linear time for a header that goes on and on', () => {
    const took = cpuTimeOf(() => {
      redacted(Buffer.from(`Authorization: Digest ${' \r\n '.repeat(30_000)}`));
      redacted(Buffer.from(`Authorization:${' '.repeat(100_000)}`));
    });
    expect(took).to.be.below(500);
  });

  it('is off unless sip_trace is on, and can be switched while the service runs', async () => {
    const logger = new LogRecorder();
    const service = await running({ logger });
    await service.inject(requestText({ method: 'OPTIONS' }));
    expect(traced(logger)).to.deep.equal([]);
    await update(service, { sip_trace: true });
    await service.inject(requestText({ method: 'OPTIONS' }));
    expect(traced(logger).length).to.be.greaterThan(0);
  });

  it('formats nothing where level info is off', async () => {
    const logger: Logger = { level: 'warn', isLevelEnabled: (level) => level === 'error', debug: fail, info: fail, warn: fail, error: fail };
    const service = await running({ logger, sip_trace: true });
    expect((await service.inject(requestText({ method: 'OPTIONS' })))?.code).to.equal(200);
  });
});

function fail(): never {
  throw new Error('nothing should be logged');
}
