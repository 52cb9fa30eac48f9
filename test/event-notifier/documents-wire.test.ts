import { expect } from 'chai';
import type { Service } from '@nksip-ts/core';
import { fresh, publishText } from '../kit/request-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, overStream, overUdp } from '../wire/running.ts';
import { dialog, dialogInfo, pidf } from './documents.ts';
import { alice, fast, present, publish, subscribed, watchedService } from './watched-service.ts';

const large = { ...fast, sip_event_compositor_max_body: 100_000 };
const DIALOG = { event: 'dialog', type: 'application/dialog-info+xml' };

/** What a PUBLISH of this body over TCP is answered. */
async function answerTo(service: Service, event: string, type: string, body: string): Promise<string> {
  const peer = await overStream(service);
  const response = await peer.ask(publishText({ ...alice, via: [`SIP/2.0/TCP 127.0.0.1:${peer.port};branch=z9hG4bK${fresh('large')}`], event, body, headers: [`Content-Type: ${type}`] }));
  return `${response.code} ${response.reason}`;
}

describe('documents on the wire', () => {
  afterEach(closeAll);

  it('C44 C60 a dialog-info with 1,000 dialogs is published, and reaches a watcher over TCP whole', async () => {
    const service = await watchedService(large);
    const watcher = new Watcher(await overStream(service), 'TCP');
    await subscribed(watcher, { ...alice, event: 'dialog' });
    await watcher.notified();
    const body = dialogInfo(Array.from({ length: 1000 }, (_, n) => dialog(String(n), n % 2 === 0 ? 'confirmed' : 'early')).join(''));
    expect(body.length).to.be.above(60_000);
    expect(await answerTo(service, 'dialog', DIALOG.type, body)).to.equal('200 OK');
    expect((await watcher.notified()).body).to.equal(body.replace('version="7" state="partial"', 'version="1" state="full"'));
    await publish(service, dialogInfo(dialog('more', 'early')), DIALOG);
    const both = (await watcher.notified()).body;
    expect(both.match(/<dialog /g)).to.have.length(1001);
    expect(both).to.include('version="2"').and.to.include('call-id="call-more"').and.to.include('call-id="call-999"');
  });

  for (const [what, body] of [
    ['64 KB of nested elements', `<?xml version="1.0"?>\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:alice@example.com">${'<a>'.repeat(9300)}${'</a>'.repeat(9300)}</presence>`],
    ['64 KB of elements that are never closed', '<a>'.repeat(21_800)],
    ['a billion laughs', `<?xml version="1.0"?><!DOCTYPE p [<!ENTITY l0 "lol">${Array.from({ length: 9 }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`).join('')}]>${pidf('<note>&l9;</note>').replace('<?xml version="1.0"?>\n', '')}`],
    ['an entity of another file', `<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]>${pidf('<note>&x;</note>').replace('<?xml version="1.0"?>\n', '')}`],
  ] as const) {
    it(`${what}: 400, with nothing of it in the reason, and the service lives (kamailio 441)`, async () => {
      const service = await watchedService(large);
      const watcher = new Watcher(await overUdp(service));
      await subscribed(watcher, alice);
      await watcher.notified();
      for (const event of ['presence', 'dialog']) {
        const answer = await answerTo(service, event, event === 'presence' ? 'application/pidf+xml' : DIALOG.type, body);
        expect(answer, event).to.match(/^400 Malformed Body: [ \x21-\x7e]{1,190}$/).and.to.not.match(/lol|passwd|root:/);
      }
      await present(service, 'open');
      expect((await watcher.notified()).body).to.include('<basic>open');
    });
  }

  it('C32 C46 two publications with the same ids are two, each with an id of its own that stays, and each goes by itself (kamailio 1427)', async () => {
    const service = await watchedService(fast);
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, alice);
    await watcher.notified();
    const tags: string[] = [];
    const idsIn = (body: string): readonly string[] => [...body.matchAll(/<tuple id="([^"]*)">/g)].map(([, id = '']) => id);
    for (const note of ['one', 'two', 'three']) {
      tags.push(await publish(service, pidf(`<tuple id="same"><status><basic>open</basic></status><note>${note}</note></tuple>`)));
      const { body } = await watcher.notified();
      expect(new Set(idsIn(body)).size).to.equal(tags.length);
      expect(body).to.include(`<note>${note}</note>`);
    }
    await publish(service, undefined, { tag: tags[1] ?? '', expires: 0 });
    const { body } = await watcher.notified();
    expect(body).to.include('<note>one</note>').and.to.include('<note>three</note>').and.to.not.include('<note>two</note>');
    expect(new Set(idsIn(body)).size).to.equal(2);
  });

  it('RFC 5367 4 a list of whom to watch in the body of a SUBSCRIBE is 420, and without Require 415: nobody\'s address book is read (linphone-desktop 61)', async () => {
    const service = await watchedService(fast);
    const list = { headers: ['Content-Type: application/resource-lists+xml', 'Content-Disposition: recipient-list', 'Supported: eventlist'], body: '<resource-lists/>' };
    const ask = async (...more: readonly string[]): Promise<string> => {
      const response = await new Watcher(await overUdp(service)).subscribe({ ...alice, event: 'presence', ...list, headers: [...list.headers, ...more] });
      return `${response.code} ${response.all('Unsupported').join()}`;
    };
    expect([await ask('Require: recipient-list-subscribe'), await ask(), await ask('Content-Encoding: deflate')]).to.deep.equal(['420 recipient-list-subscribe', '415 ', '415 ']);
  });
});
