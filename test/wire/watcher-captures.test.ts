import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import '@nksip-ts/event-notifier';
import { RequestText, ResponseText } from '../kit/received-text.ts';
import { closeAll, overUdp, running } from './running.ts';

// The SUBSCRIBEs of real clients (baresip 1.0.0, sofia-sip 1.12.11, Twinkle 1.10.2), recorded beside the project.
const folder = join(import.meta.dirname, '../../../shared/captures/watchers');

/** Seconds in the 200, and the type of the document. */
const wanted: Readonly<Record<string, readonly [expires: string, type: string]>> = {
  baresip: ['600', 'application/simple-message-summary'], sofia: ['600', 'application/pidf+xml'], twinkle: ['600', 'application/pidf+xml'],
};

describe('SUBSCRIBEs of real clients', () => {
  before(function () {
    if (existsSync(folder)) return;
    console.warn(`    skipped: ${folder} is not there`);
    this.skip();
  });

  afterEach(closeAll);

  for (const [client, [expires, type]] of Object.entries(wanted)) {
    it(`C02 C05 C23 C26 C47 ${client} is answered 200, and then sent the state where it came from`, async () => {
      const service = await running({ plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence, message-summary', sip_event_notifier_default_decision: 'allow' });
      const peer = await overUdp(service);
      const file = readdirSync(folder).find((name) => name.startsWith(client)) ?? '';
      const captured = readFileSync(join(folder, file), 'latin1').replace(/\r?\n/g, '\r\n');
      peer.send(captured);
      const response = new ResponseText(await peer.inbox.next());
      expect([response.code, response.one('Expires')]).to.deep.equal([200, expires]);
      const notify = new RequestText(await peer.inbox.next());
      expect([notify.method, notify.uri]).to.deep.equal(['NOTIFY', /^Contact: <(.*)>/m.exec(captured)?.[1]]);
      expect([notify.one('From'), notify.one('Content-Type')]).to.deep.equal([response.one('To'), type]);
    });
  }
});
