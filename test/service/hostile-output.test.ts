import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { uac, type Service } from '@nksip-ts/core';
import { main } from '../../packages/cli/src/main.ts';
import { textLog } from '../../packages/cli/src/output/text-log.ts';
import { fresh, requestText } from '../kit/request-text.ts';
import { responseTo } from '../kit/received-text.ts';
import { udpPeer, type Peer } from '../uac/scripted-peer.ts';
import { hidden, hostile } from '../wire/hostile-text.ts';
import { closeAll, later, running } from '../wire/running.ts';
import { loggerTo } from '../kit/loggers.ts';

/** What is written to a stream of this process while the test runs. */
class Captured {
  readonly #stub: sinon.SinonStub;

  constructor(stream: NodeJS.WriteStream) {
    this.#stub = sinon.stub(stream, 'write').returns(true);
  }

  get text(): string {
    return this.#stub.args.map(([chunk]) => typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString()).join('');
  }

  end(): void {
    this.#stub.restore();
  }
}

/** A message that is wrong in one place is refused for it, so that the others must be right now and then. */
const perhaps = fc.option(hostile, { nil: 'plain', freq: 2 });
const anywhere = fc.record({
  uri: perhaps, via: perhaps, from: perhaps, agent: hostile, body: hostile,
  encoding: fc.constantFrom('utf8' as const, 'latin1' as const), method: fc.constantFrom('OPTIONS', 'PUBLISH', 'MESSAGE', 'NOSUCH'),
});
/** A line end would make another message of it, and with a NUL it would be none: no answer. */
const onOneLine = hostile.map((text) => text.replace(/[\r\n\0]/g, '\x0b'));

function expectUnforged(text: string, entry: RegExp): void {
  expect(text.replaceAll('\n', '')).not.to.match(hidden);
  for (const line of text.split('\n').slice(0, -1)) expect(line).to.match(entry);
}

describe('what strangers write', function () {
  this.timeout(120_000);
  const bad: { text: string } = { text: '' };
  const module = {
    sip_message: (req: { body: Uint8Array }) => { throw new Error(`No: ${Buffer.from(req.body).toString()}`); },
    sip_publish: () => { throw new Error(bad.text); },
  };
  let spoken: { reason: string; server: string; etag: string };
  let peer: Peer;
  /** What a logger of somebody who thinks of nothing wrote. */
  let naive: string;
  /** The log of the command. */
  let texts: string;
  let faults: string;
  let services: readonly Service[];

  before(() => { spoken = { reason: '', server: '', etag: '' }; });
  beforeEach(async () => {
    [naive, texts, faults] = ['', '', ''];
    peer = await udpPeer((request) => responseTo(request, `200 ${spoken.reason}`, [`Server: ${spoken.server}`, `SIP-ETag: ${spoken.etag}`, 'Expires: 60']));
    later(() => peer.close());
    const write = (line: string): void => { texts += line; };
    const careless = loggerTo(({ message }) => { naive += `${message}
`; });
    services = await Promise.all([{ log_level: 'debug' }, { logger: textLog('debug', write, write) }, { logger: careless }].map((spec) => running({ sip_trace: true, sip_no_100: true, ...spec }, module)));
    for (const service of services) service.events.on('error', ({ error }) => { faults += error.message; });
  });
  afterEach(closeAll);

  function expectSafe(json: string): void {
    expectUnforged(texts, /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (?:debug|info |warn |error) | |$)/);
    expectUnforged(naive, /^(?:[^ ]| {4}|$)/);
    expectUnforged(json, /^\{"level":\d+,"time":\d+,"service":"service-\d+",.*\}$/);
    for (const line of json.split('\n').slice(0, -1)) JSON.parse(line);
    expect(faults).not.to.match(hidden);
    [naive, texts, faults] = ['', '', ''];
  }

  it('reaches no log raw, and forges no line of one: requests and what fails over them, at every level, traced', async () => {
    await fc.assert(fc.asyncProperty(anywhere, async ({ uri, via, from, agent, body, encoding, method }) => {
      bad.text = body;
      const stderr = new Captured(process.stderr);
      try {
        const text = requestText({
          method, uri: `sip:${uri}@x`, via: [`SIP/2.0/UDP 127.0.0.1;x=${via};branch=z9hG4bK${fresh('b')}`],
          from: `"${from}" <sip:${from}@x>;tag=${from}`, headers: [`User-Agent: ${agent}`, 'Event: presence'], body,
        });
        // Bytes that are no UTF-8 as well; Content-Length would not fit.
        const bytes = encoding === 'utf8' ? Buffer.from(text) : Buffer.from(text.replace(/Content-Length: \d+/, `Content-Length: ${body.length}`), 'latin1');
        for (const service of services) await service.inject(bytes);
        expectSafe(stderr.text);
      } finally {
        stderr.end();
      }
    }), { numRuns: 200 });
  });

  it('reaches no log raw, and forges no line of one: responses', async () => {
    await fc.assert(fc.asyncProperty(onOneLine, onOneLine, onOneLine, async (reason, server, etag) => {
      spoken = { reason, server, etag };
      const stderr = new Captured(process.stderr);
      try {
        for (const service of services) await uac.publish(service, `sip:127.0.0.1:${peer.port};transport=udp`, { event: 'presence', body: 'x', timeout: 2 });
        expectSafe(stderr.text);
      } finally {
        stderr.end();
      }
    }), { numRuns: 100 });
  });

  it('is not printed raw by the command, which has one line for each', async () => {
    await fc.assert(fc.asyncProperty(onOneLine, onOneLine, onOneLine, async (reason, server, etag) => {
      spoken = { reason, server, etag };
      const [stdout, stderr] = [new Captured(process.stdout), new Captured(process.stderr)];
      try {
        const uri = `sip:127.0.0.1:${peer.port};transport=udp`;
        await main(['publish', uri, '--event', 'presence', '--body', 'x', '--timeout', '2', '--set', 'log_level=debug', '--set', 'sip_trace=true']);
        await main(['options', uri, '--timeout', '2']);
        expectUnforged(stdout.text, /^(?:\d{3} |[A-Z][\w-]+: )/);
        expectUnforged(stderr.text, /^(?:\d{4}-\d\d-\d\dT[\d:.]+Z (?:info |debug) | {4}|nksip-ts: |$)/);
        expect(stdout.text).to.match(/^200 /);
      } finally {
        stdout.end();
        stderr.end();
      }
    }), { numRuns: 30 });
  });

  it('is not printed raw by the command where it is a sentence of what the person gave', async () => {
    await fc.assert(fc.asyncProperty(hostile, async (text) => {
      const [stdout, stderr] = [new Captured(process.stdout), new Captured(process.stderr)];
      try {
        expect(await main([`x${text}`])).to.equal(1);
        expect(await main(['publish', `x${text}`, '--event', 'presence'])).to.equal(1);
        expect(await main(['publish', 'sip:a@x', '--event', 'presence', '--set', `x${text}=1`])).to.equal(1);
        expect(stdout.text).to.equal('');
        expectUnforged(stderr.text, /^nksip-ts: /);
      } finally {
        stdout.end();
        stderr.end();
      }
    }), { numRuns: 30 });
  });
});
