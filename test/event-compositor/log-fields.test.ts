import { start, type ReplyOptions, type Service } from '@nksip-ts/core';
import { shortTag } from '@nksip-ts/core';
import { expect } from 'chai';
import { publishText } from '../kit/request-text.ts';
import { type PublishParts, publishRequest } from '../kit/sip-request.ts';
import { LogRecorder } from '../wire/running.ts';
import { CompositorUnderTest } from './compositor-under-test.ts';

const secret = 'a secret of all processes';

describe('the line of a PUBLISH in the log', () => {
  let service: Service;
  let log: LogRecorder;
  const begin = async (options: object = {}): Promise<void> => {
    log = new LogRecorder();
    service = await start('logged', { plugins: ['event-compositor'], sip_events: 'nkpublish', logger: log, ...options });
  };
  afterEach(() => service.stop());
  const publish = async (text: string): Promise<string> => (await service.inject(text))?.header('SIP-ETag')[0] ?? '';
  const messages = (): readonly string[] => log.lines.splice(0).map(({ message }) => message);

  for (const etag of ['keep', 'renew'] as const) {
    it(`has event, kind, the first 8 digits of the tag and seconds, and never the whole tag (${etag})`, async () => {
      await begin({ sip_event_compositor_etag: etag });
      const tags = [await publish(publishText({ uri: 'sip:a@b', body: 'x', headers: ['Expires: 600'] }))];
      for (const [headers, body] of [['Expires: 60'], ['Expires: 30', 'y'], ['Expires: 0']]) {
        tags.push(await publish(publishText({ uri: 'sip:a@b', ...(body !== undefined && { body }), headers: [`SIP-If-Match: ${tags.at(-1)}`, headers!] })));
      }
      expect(log.lines[0]?.fields).to.include({ event: 'nkpublish', kind: 'initial', tag: tags[0]!.slice(0, 8), expires: 600 });
      const lines = messages();
      expect(lines).to.deep.equal([['initial', 600], ['refresh', 60], ['modify', 30], ['remove', 0]].map(([kind, expires], i) =>
        `PUBLISH sip:a@b 200 OK event=nkpublish kind=${kind} tag=${tags[i]!.slice(0, 8)} expires=${expires}`));
    });
  }

  it('of a refusal has the reason, and the option where one is in the way', async () => {
    await begin({ sip_event_compositor_max_per_aor: 1, sip_event_compositor_max_body: 10 });
    for (const request of [{ body: 'x' }, { body: 'x' }, { body: 'x'.repeat(11) }, { headers: ['Expires: 1, 2'] }, { headers: ['SIP-If-Match: 0123456789'] }]) await publish(publishText({ uri: 'sip:a@b', ...request }));
    expect(messages().slice(1)).to.deep.equal([
      'PUBLISH sip:a@b 403 Too Many Publications for This Address option=sip_event_compositor_max_per_aor',
      'PUBLISH sip:a@b 413 Request Entity Too Large option=sip_event_compositor_max_body',
      'PUBLISH sip:a@b 400 Malformed Expires', 'PUBLISH sip:a@b 412 Conditional Request Failed',
    ]);
  });

});

describe('what the log says of a PUBLISH', () => {
  const logOf = async (service: CompositorUnderTest, parts: PublishParts, users: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const reply = await service.compositor.publish({ ...publishRequest(parts), digestUsers: new Map(Object.entries(users)) });
    return (reply as readonly [string, ReplyOptions])[1].log;
  };

  it('has the user who has signed in, escaped, and no other', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_secret: secret } });
    const tag = await service.stored();
    for (const parts of [{ body: 'x', ifMatch: tag }, { ifMatch: tag }, { ifMatch: tag, expires: 0 }]) expect(await logOf(service, parts, { home: 'a lice' })).to.include({ user: 'a%20lice@home' });
    expect(await logOf(service, { body: 'x' })).not.to.have.property('user');
  });

  it('tells a repeat', async () => {
    const service = new CompositorUnderTest({ options: { sip_event_compositor_secret: secret } });
    const initial = { body: 'x', transaction: 9 };
    await service.publish(initial);
    expect(await logOf(service, initial)).to.include({ kind: 'repeat' });
  });

  it('has no more than a quarter of a tag that is short, since the rest could be guessed', () => {
    expect(['0123456789abcdef0123456789abcdef', '01234567', 'abc'].map(shortTag)).to.deep.equal(['01234567', '01', 'a']);
  });
});
