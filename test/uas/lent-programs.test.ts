import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { definePlugin, uac, type Service, type SipRequest } from '@nksip-ts/core';
import eventCompositor, { find, type PublicationEvent } from '@nksip-ts/event-compositor';
import { Dispatcher } from '../../packages/core/src/service/dispatch.ts';
import { publishText } from '../kit/request-text.ts';
import { closeAll, running } from '../wire/running.ts';

declare module '@nksip-ts/core' {
  interface Plugins { 'body-reader': { deps: 'event-compositor' } }
}

let look: (data: Uint8Array, user: string) => void = () => undefined;

const reader = definePlugin({
  name: 'body-reader',
  plugin_deps: ['event-compositor'],
  plugin_start: (service) => {
    service.use('event-compositor').checkBody(({ data, aor }) => {
      look(data, aor.user);
      return undefined;
    });
  },
});

const of = (user: string, body: string): string => publishText({ uri: `sip:${user}@example.com`, to: `<sip:${user}@example.com>`, from: `<sip:${user}@example.com>;tag=${user}`, body, expires: 600 });
const tagOf = (response: { header(name: string): readonly string[] } | undefined): string => response?.header('SIP-ETag')[0] ?? '';
async function stored(service: Service, user: string, tag: string): Promise<string> {
  const found = await find(service, `sip:${user}@example.com`, tag);
  return found === 'not_found' ? found : Buffer.from(found.data).toString();
}

describe('what is lent, and programs', () => {
  beforeEach(() => {
    const message = Reflect.get(Dispatcher.prototype, 'message');
    // As a datagram of a batch is: in memory that has something else when the call has returned.
    sinon.stub(Dispatcher.prototype, 'message').callsFake(function (this: Dispatcher, bytes, source) {
      const slot = Buffer.from(bytes);
      try {
        return message.call(this, slot, source, true);
      } finally {
        slot.fill('X');
      }
    });
  });
  afterEach(async () => {
    sinon.restore();
    await closeAll();
  });

  const spec = { plugins: [eventCompositor, reader], sip_events: 'nkpublish' };

  it('a message that comes while another one is handled changes nothing of that, nor that of it', async () => {
    const inner: Promise<string>[] = [];
    const publishMore = (user: string, most: number): void => {
      if (user !== 'outer' || inner.length >= most) return;
      for (const other of ['inner', user]) inner.push(service.inject(of(other, `body of inner ${other} `.repeat(20))).then((response) => `${other} ${tagOf(response)}`));
    };
    look = (_, user) => { publishMore(user, 2); };
    const service = await running(spec);
    const events: PublicationEvent[] = [];
    service.events.on('event_compositor:put', (event) => {
      events.push(event);
      publishMore(event.aor.user, 4);
    });
    const response = await service.inject(of('outer', 'body of outer '.repeat(30)));
    expect(response?.code).to.equal(200);
    expect(response?.header('To')[0]).to.match(/^<sip:outer@/);
    expect(await stored(service, 'outer', tagOf(response))).to.equal('body of outer '.repeat(30));
    for (const told of await Promise.all(inner)) {
      const [user = '', tag = ''] = told.split(' ');
      expect(await stored(service, user, tag)).to.equal(`body of inner ${user} `.repeat(20));
    }
    expect(inner).to.have.length(4);
    for (const { aor, record } of events) expect(Buffer.from(record.data).toString()).to.match(new RegExp(`^(body of (inner )?${aor.user} ?)+$`));
  });

  it('a body that a check keeps is as it came', async () => {
    const kept: Uint8Array[] = [];
    look = (data) => kept.push(data);
    const service = await running(spec);
    await service.inject(of('alice', 'a body'));
    expect(kept.map((data) => Buffer.from(data).toString())).to.deep.equal(['a body']);
  });

  it('a request whose callback waits, and a response, are as they came', async () => {
    const read = (req: SipRequest): readonly unknown[] => [Buffer.from(req.body).toString(), req.header('Subject'), req.transaction, req.token, req.message.fromTag, req.message.viaText];
    const said: (readonly unknown[])[] = [];
    const server = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp, sip:127.0.0.1:0;transport=tcp' }, {
      sip_message: async (req: SipRequest) => {
        const { body } = req;
        const now = read(req);
        await nextTurn();
        said.push(now, read(req));
        return ['reply', ['ok', { body, content_type: 'text/plain' }]];
      },
    });
    const client = await running();
    for (const address of server.addresses) {
      const answers = await Promise.all(['a long body '.repeat(20), 'another body '.repeat(30)].map((body) => uac.message(client, address, { body, content_type: 'text/plain', add: { Subject: body } })));
      await nextTurn();
      expect(answers.map(({ response }) => Buffer.from(response?.body ?? []).toString())).to.deep.equal(['a long body '.repeat(20), 'another body '.repeat(30)]);
    }
    expect(said).to.have.length(8);
    for (let i = 0; i < said.length; i += 2) expect(said[i]).to.deep.equal(said[i + 1]);
  });
});
