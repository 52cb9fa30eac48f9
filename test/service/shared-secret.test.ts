import { update, type Service } from '@nksip-ts/core';
import type { RegPublish, StoreCallback } from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { credentialsFor } from '../digest/credentials.ts';
import { injected } from '../kit/injected.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import { closeAll, running } from '../wire/running.ts';
import { faultOf } from './faults.ts';

const secret = 'what all of them know';

/** Answers of several services to one request. */
async function answers(services: readonly Service[], text: string) {
  return await Promise.all(services.map((service) => injected(service, text)));
}

/** Two services as two processes would have them, with the same options. */
async function two(options: Readonly<Record<string, unknown>>, module: object = {}): Promise<readonly Service[]> {
  return [await running(options, module), await running(options, module)];
}

describe('services that share sip_secret', () => {
  afterEach(closeAll);

  it('RFC 3261 8.2.7 give a request that reaches each of them one To tag; others do not', async () => {
    for (const [options, tags] of [[{ sip_secret: secret }, 1], [{}, 2]] as const) {
      const responses = await answers(await two(options), requestText({ method: 'OPTIONS' }));
      expect(new Set(responses.map((response) => response.header('To')[0])).size).to.equal(tags);
    }
  });

  it('A36 take the nonces of each other', async () => {
    for (const [options, code] of [[{ sip_secret: secret }, 200], [{}, 401]] as const) {
      const [one, other] = await two(options, {
        sip_authorize: (_authList: readonly unknown[], req: { readonly digestUsers: ReadonlyMap<string, string> }) => req.digestUsers.size > 0 ? 'ok' : 'authenticate',
        sip_get_user_pass: () => 'secret', sip_message: () => ['reply', 'ok'],
      });
      if (one === undefined || other === undefined) throw new Error('there are two');
      const message = { method: 'MESSAGE' };
      const [challenged] = await answers([one], requestText(message));
      const Authorization = credentialsFor(challenged?.header('WWW-Authenticate')[0] ?? '', message);
      const [answer] = await answers([other], requestText({ ...message, headers: [`Authorization: ${Authorization}`] }));
      expect(answer?.code).to.equal(code);
    }
  });

  it('derive the same entity-tags, unless sip_event_compositor_secret says otherwise', async () => {
    const kept = new Map<string, unknown>();
    const sip_event_compositor_store: StoreCallback = (op) => op.type === 'put' ? (kept.set(op.tag, op.record), 'ok') : 'not_found';
    for (const [options, tags] of [[{ sip_secret: secret }, 1], [{}, 2], [{ sip_event_compositor_secret: 'another one for tags' }, 1]] as const) {
      const services = await two({ ...options, plugins: ['event-compositor'], sip_events: 'nkpublish' }, { sip_event_compositor_store });
      const responses = await answers(services, publishText({ body: 'x' }));
      expect(new Set(responses.map((response) => response.header('SIP-ETag')[0])).size).to.equal(tags);
    }
  });

  it('A25 derive one pair of tags for a request with a body, whatever address they see it from, and another pair for another body', async () => {
    const kept = new Map<string, RegPublish>();
    const sip_event_compositor_store: StoreCallback = (op) => {
      switch (op.type) {
        case 'put': kept.set(op.tag, op.record); return 'ok';
        case 'get': return kept.get(op.tag) ?? 'not_found';
        default: return 'not_found';
      }
    };
    const [one, other] = await two({ sip_secret: secret, plugins: ['event-compositor'], sip_events: 'nkpublish' }, { sip_event_compositor_store });
    if (one === undefined || other === undefined) throw new Error('there are two');
    const tags = async (service: Service, text: string, address: string) => {
      const response = await service.inject(text, { address });
      expect(response?.code).to.equal(200);
      return [response?.header('SIP-ETag')[0], /;tag=(.*)/.exec(response?.header('To')[0] ?? '')?.[1]];
    };
    const publish = { callId: 'repeated', via: ['SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKrepeated'] };
    const [first, second] = [publishText({ ...publish, body: 'one' }), publishText({ ...publish, body: 'two' })];
    const firstTags = await tags(one, first, '192.0.2.1');
    expect(await tags(other, first, '192.0.2.2'), 'a repeat in another process').to.deep.equal(firstTags);
    const secondTags = await tags(one, second, '192.0.2.1');
    expect(await tags(other, second, '192.0.2.2')).to.deep.equal(secondTags);
    for (const i of [0, 1]) expect(secondTags[i]).not.to.equal(firstTags[i]);
    expect([...kept].map(([tag, { data }]) => [tag, Buffer.from(data).toString()])).to.deep.equal([[firstTags[0], 'one'], [secondTags[0], 'two']]);
  });

  it('cannot change it while they run; no error shows it', async () => {
    const service = await running({ sip_secret: secret });
    const fault = await faultOf(update(service, { sip_secret: 'another one for all' }));
    expect(fault.code).to.equal('invalid_option');
    expect(fault.message).to.include('sip_secret').and.not.to.include('another one');
    expect((await faultOf(running({ sip_secret: 'too short' }))).message).to.include('sip_secret').and.not.to.include('too short');
  });
});
