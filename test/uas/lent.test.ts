import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import type { Service, SipRequest } from '@nksip-ts/core';
import { find, type PublicationEvent, type RegPublish, type StoreOp } from '@nksip-ts/event-compositor';
import { Batches } from '../../packages/core/src/transport/udp/batches.ts';
import { requestReceived, type RequestReceived } from '../../packages/core/src/diagnostics.ts';
import { publishText } from '../kit/request-text.ts';
import { needBatch } from '../transport/sockets.ts';
import { closeAll, later, portOf, running } from '../wire/running.ts';

const MANY = 40;
const bodyOf = (n: number): string => `body ${n} `.repeat(30 + n);
const textOf = (record: RegPublish | 'not_found' | undefined): string => typeof record === 'object' ? Buffer.from(record.data).toString() : String(record);

/** Sends a PUBLISH for each of many users at once; their tags, in this order. */
async function publishMany(service: Service): Promise<string[]> {
  const client = createSocket('udp4').bind(0, '127.0.0.1');
  await once(client, 'listening');
  later(() => { client.close(); });
  const tags = new Array<string>(MANY).fill('');
  const answered = new Promise<void>((resolve) => {
    let left = MANY;
    client.on('message', (bytes) => {
      const [, user = '', tag = ''] = /From: <sip:user(\d+)@.*SIP-ETag: (\S+)/s.exec(bytes.toString()) ?? [];
      tags[Number(user)] = tag;
      if (--left === 0) resolve();
    });
  });
  for (let n = 0; n < MANY; n++) {
    const from = `<sip:user${n}@example.com>;tag=t${n}`;
    client.send(publishText({ uri: `sip:user${n}@example.com`, from, port: client.address().port, body: bodyOf(n), expires: 600 }), portOf(service, 'udp'), '127.0.0.1');
  }
  await answered;
  return tags;
}

const spec = { plugins: ['event-compositor'], sip_listen: 'sip:127.0.0.1:0;transport=udp', sip_events: 'nkpublish' };

describe('a request whose memory is lent', () => {
  let batched: number;

  before(async function () {
    await needBatch(this);
  });
  beforeEach(() => {
    batched = 0;
    const receive = Reflect.get(Batches.prototype, 'receive');
    // What a slot has next is something else.
    sinon.stub(Batches.prototype, 'receive').callsFake(function (this: Batches, fd, most, take) {
      return receive.call(this, fd, most, (bytes, address, port) => {
        batched++;
        take(bytes, address, port);
        bytes.fill('X');
      });
    });
  });
  afterEach(async () => {
    sinon.restore();
    await closeAll();
    expect(batched).to.be.greaterThan(0);
  });

  it('is stored in RAM as it came', async () => {
    const service = await running(spec);
    const tags = await publishMany(service);
    for (const [n, tag] of tags.entries()) expect(textOf(await find(service, `sip:user${n}@example.com`, tag))).to.equal(bodyOf(n));
  });

  it('reaches a store that writes later, and one that keeps what it is given, as it came', async () => {
    for (const isSlow of [true, false]) {
      const records = new Map<string, RegPublish>();
      const put = (op: StoreOp): string => {
        if (op.type === 'put') records.set(op.aor.user, op.record);
        return op.type === 'put' ? 'ok' : 'not_found';
      };
      const service = await running(spec, { sip_event_compositor_store: (op: StoreOp) => isSlow ? nextTurn().then(nextTurn).then(() => put(op)) : put(op) });
      await publishMany(service);
      for (let n = 0; n < MANY; n++) expect(textOf(records.get(`user${n}`)), String(isSlow)).to.equal(bodyOf(n));
    }
  });

  it('is told as it came to who listens, and to who keeps it', async () => {
    const service = await running(spec);
    const events: PublicationEvent[] = [];
    service.events.on('event_compositor:put', (event) => events.push(event));
    await publishMany(service);
    for (const { aor, record } of events) expect(textOf(record)).to.equal(bodyOf(Number(aor.user.slice(4))));
    expect(events).to.have.length(MANY);
  });

  const keepers: readonly (readonly [string, (kept: SipRequest[]) => object])[] = [
    ['sip_publish', (kept) => ({ sip_publish: (req: SipRequest) => { kept.push(req); return 'continue'; } })],
    ['sip_authorize', (kept) => ({ sip_authorize: (_: unknown, req: SipRequest) => { kept.push(req); return 'ok'; } })],
    ['sip_route', (kept) => ({ sip_route: (...args: [unknown, unknown, unknown, SipRequest]) => { kept.push(args[3]); return 'process'; } })],
  ];
  for (const [callback, moduleOf] of keepers) {
    it(`stays for a callback of the service that keeps it, here ${callback}`, async () => {
      const kept: SipRequest[] = [];
      await publishMany(await running(spec, moduleOf(kept)));
      expect(kept.map(({ message }) => message.fromAor).sort()).to.deep.equal(Array.from({ length: MANY }, (_, n) => `sip:user${n}@example.com`).sort());
      for (const { body, ruri, message, header } of kept.map((req) => ({ body: req.body, ruri: req.ruri, message: req.message, header: req.header('Expires') }))) {
        expect(Buffer.from(body).toString()).to.equal(bodyOf(Number(ruri.user.slice(4))));
        expect([message.fromTag, ...header]).to.deep.equal([`t${ruri.user.slice(4)}`, '600']);
      }
    });
  }

  it('stays for who listens with node:diagnostics_channel', async () => {
    const heard: RequestReceived[] = [];
    const listener = (told: unknown): void => { heard.push(told as RequestReceived); };
    requestReceived.subscribe(listener);
    later(() => requestReceived.unsubscribe(listener));
    const service = await running(spec);
    await publishMany(service);
    const own = heard.filter(({ service: id }) => id === service.id);
    expect(own.map(({ message }) => Buffer.from(message.body).toString()).sort()).to.deep.equal(Array.from({ length: MANY }, (_, n) => bodyOf(n)).sort());
  });
});
