import { inspect } from 'node:util';
import { definePlugin, makeHa1, start, startByName } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { faultOf } from '../kit/caught.ts';
import { loggerTo } from '../kit/loggers.ts';

const secret = 'a-secret-of-sixteen-or-more';

describe('mistakes of an application', () => {
  it('a service shown on a console or as JSON tells no secret', async () => {
    const service = await start('shown', { plugins: ['event-compositor'], sip_events: 'nkpublish', sip_pass: 'hidden-pass', sip_event_compositor_secret: secret });
    try {
      for (const text of [inspect(service), inspect(service, { depth: 9, showHidden: true }), JSON.stringify(service)]) {
        expect(text).to.include('shown').and.not.include('hidden-pass').and.not.include(secret);
      }
    } finally {
      await service.stop();
    }
  });

  it('an error about an option that is a secret does not tell it', async () => {
    for (const [option, value] of [['sip_event_compositor_secret', 'tooshort'], ['tls_password', 12_345_678], ['sip_pass', 12_345_678]] as const) {
      const error = await faultOf(() => startByName('secret', { plugins: ['event-compositor'], [option]: value }));
      expect(inspect({ message: error.message, details: error.details })).to.include(option).and.not.include(String(value));
    }
  });

  it('inject refuses what is no message and no sender', async () => {
    const service = await start('injected', {});
    try {
      for (const message of [{}, 5, undefined, null]) expect((await faultOf(() => service.inject(message as unknown as string))).code).to.equal('invalid_argument');
      for (const from of [null, 5, { transport: 'xx' }, { port: -4 }, { address: 'nowhere' }, { adress: '127.0.0.1' }]) {
        expect((await faultOf(() => service.inject('', from as unknown as { port: number }))).code).to.equal('invalid_argument');
      }
    } finally {
      await service.stop();
    }
  });

  it('a callback without its sip_ is refused with the right name, and so is a module that is none', async () => {
    const error = await faultOf(() => startByName('bare', {}, { authorize: () => 'ok' }));
    expect(error.message).to.include("Did you mean 'sip_authorize'?");
    expect((await faultOf(() => startByName('bare', {}, () => 'ok'))).code).to.equal('invalid_argument');
  });

  it('names that go on the wire must be tokens', async () => {
    for (const [option, value] of [['sip_events', 'a b'], ['sip_allow', 'OPT IONS'], ['sip_supported', ['x"y']]] as const) {
      const error = await faultOf(() => startByName('tokens', { [option]: value }));
      expect([error.code, error.details['option']]).to.deep.equal(['invalid_option', option]);
    }
  });

  it('a plugin whose callbacks answers nothing is named', async () => {
    const plugin = definePlugin({ name: 'misuse-empty', callbacks: (() => undefined) as unknown as () => object } as unknown as Parameters<typeof definePlugin>[0]);
    const error = await faultOf(() => startByName('empty', { plugins: [plugin] }));
    expect([error.code, error.details['plugin'], error.details['hook']]).to.deep.equal(['plugin_failed', 'misuse-empty', 'callbacks']);
  });

  it('makeHa1 refuses what it cannot hash, without telling it', async () => {
    const make = makeHa1 as (...args: readonly unknown[]) => string;
    expect((await faultOf(() => make('alice'))).details['argument']).to.equal('realm');
    expect((await faultOf(() => make('alice', 'realm', 123_456))).message).not.to.include('123456');
    expect((await faultOf(() => make('alice', 'realm', 'pass', 'SHA1'))).details['argument']).to.equal('algorithm');
  });

  it('D55 a request that is refused unread leaves a line in the log, what is dropped one at debug', async () => {
    const lines: string[] = [];
    const logger = loggerTo(({ message }) => { lines.push(message); });
    const service = await start('logged', { logger });
    try {
      await service.inject('PUBLISH sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 PUBLISH\r\n\r\n');
      await service.inject('PUBLISH sip:a@b SIP/2.0\r\nTo: <sip:a@b>\r\n\r\n');
      expect(lines).to.deep.equal(['PUBLISH sip:a@b 400 Missing From', 'dropped what cannot be answered: Missing Via']);
    } finally {
      await service.stop();
    }
  });
});
