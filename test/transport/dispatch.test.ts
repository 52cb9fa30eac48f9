import { expect } from 'chai';
import { uac } from '@nksip-ts/core';
import { defaultLimits } from '@nksip-ts/sip';
import { Dispatcher } from '../../packages/core/src/service/dispatch.ts';
import { Trace } from '../../packages/core/src/trace.ts';
import type { Source } from '../../packages/core/src/transport/transport.ts';
import { bytes, optionsText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, portOf, running } from '../wire/running.ts';
import { loggerTo } from '../kit/loggers.ts';

const source: Source = { transport: 'tcp', address: '127.0.0.1', port: 5060, localAddress: '127.0.0.1', localPort: 5060, reply: () => undefined };

describe('the dispatcher', () => {
  it('survives what throws while it takes a message or a stream that cannot be framed, and tells', () => {
    const thrown = new TypeError('a logger that throws');
    const fail = (): never => { throw thrown; };
    const log = loggerTo(fail);
    const faults: unknown[] = [];
    const dispatcher = new Dispatcher({
      limits: defaultLimits, log, trace: new Trace(log, true), fault: (error) => void faults.push(error),
      server: { receive: fail, malformed: fail }, client: { receive: fail, receiveBare: fail },
    });
    expect(dispatcher.message(bytes(optionsText('1')), source)).to.equal(false);
    dispatcher.broken(400, 'Bad Request', bytes(optionsText('1')), source);
    expect(faults).to.deep.equal([thrown, thrown]);
  });
});

describe('responses that nobody waits for', () => {
  afterEach(closeAll);

  it('leave a line at debug: one that belongs to no request, and one that cannot be read', async () => {
    const logger = new LogRecorder('debug');
    const service = await running({ logger });
    const head = 'Via: SIP/2.0/UDP h;branch=z9hG4bKx\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 7 PUBLISH\r\n';
    await service.inject(`SIP/2.0 200 OK\r\n${head}\r\n`);
    await service.inject(`SIP/2.0 200 OK\r\n${head}Content-Length: 9\r\n\r\n`);
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`).filter((line) => line.includes('dropped'))).to.deep.equal([
      "debug: dropped a response that belongs to no request of ours, or comes once more: 200 to PUBLISH 7, branch 'z9hG4bKx', from udp:127.0.0.1:5060",
      'debug: dropped what cannot be answered: a response that cannot be read, Content-Length Exceeds the Message',
    ]);
  });
});

describe('a request of ours', () => {
  afterEach(closeAll);

  it('that is too large for UDP and finds no TCP there leaves a line at debug that says so, and goes over UDP', async () => {
    const logger = new LogRecorder('debug');
    const server = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    const client = await running({ logger });
    const port = portOf(server, 'udp');
    expect(await uac.options(client, `sip:127.0.0.1:${port}`, { body: 'x'.repeat(2000) })).to.include({ code: 200 });
    expect(logger.lines.map(({ level, message }) => `${level}: ${message}`)).to.deep.equal([`debug: a request of ours cannot go this way: tcp 127.0.0.1:${port} failed: nobody listens there.`]);
  });
});
