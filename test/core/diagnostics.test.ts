import { channel } from 'node:diagnostics_channel';
import { expect } from 'chai';
import { uac, type MessageSent, type ReplySent, type RequestReceived, type Service } from '@nksip-ts/core';
import type { StoreOperation } from '@nksip-ts/event-compositor';
import { publishText, requestText } from '../kit/request-text.ts';
import { closeAll, later, running } from '../wire/running.ts';

describe('node:diagnostics_channel', () => {
  afterEach(closeAll);

  function listen(name: string, listener: (message: never) => void): void {
    const heard = listener as (message: unknown) => void;
    channel(name).subscribe(heard);
    later(() => channel(name).unsubscribe(heard));
  }

  /** What is told of a service on all channels. */
  function told(service: Service): readonly string[] {
    const lines: string[] = [];
    const own = (of: { readonly service: string }, line: string): void => { if (of.service === service.id) lines.push(line); };
    listen('nksip-ts:request', (one: RequestReceived) => own(one, `request ${one.message.method} ${one.source.transport}`));
    listen('nksip-ts:reply', (one: ReplySent) => own(one, `reply ${one.code} ${one.message.method}`));
    listen('nksip-ts:message', (one: MessageSent) => own(one, `sent ${one.transport} ${Buffer.from(one.bytes).toString().slice(0, 11)}`));
    listen('nksip-ts:store', (one: StoreOperation) => own(one, `store ${one.op.type} ${one.milliseconds >= 0} ${one.error === undefined ? 'done' : 'failed'}`));
    return lines;
  }

  it('tells of a request, what the store does for it, its response and the message that leaves, in order; of a repetition the message alone', async () => {
    const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish', sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    const lines = told(service);
    const text = publishText({ expires: 60, body: 'x' });
    await service.inject(text);
    expect(lines).to.deep.equal(['request PUBLISH udp', 'store put true done', 'sent udp SIP/2.0 200', 'reply 200 PUBLISH']);
    await service.inject(text);
    expect(lines.slice(4)).to.deep.equal(['sent udp SIP/2.0 200']);
    await service.inject(requestText({ method: 'CANCEL' }));
    expect(lines.slice(5)).to.deep.equal(['sent udp SIP/2.0 481', 'reply 481 CANCEL']);
    await uac.options(service, service.addresses[0] ?? '');
    expect(lines.slice(7)).to.deep.equal(['sent udp OPTIONS sip', 'request OPTIONS udp', 'sent udp SIP/2.0 200', 'reply 200 OPTIONS']);
  });

  it('tells of a store that fails, at once or later, and the response is what it would be', async () => {
    for (const fail of [() => { throw new Error('as the test wants it'); }, () => Promise.reject(new Error('as the test wants it'))]) {
      const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish' }, { sip_event_compositor_store: fail });
      const lines = told(service);
      expect((await service.inject(publishText({ expires: 60, body: 'x' })))?.code).to.equal(500);
      expect(lines).to.include('store put true failed').and.include('reply 500 PUBLISH');
    }
  });
});
