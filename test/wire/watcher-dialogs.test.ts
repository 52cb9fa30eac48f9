import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Service } from '@nksip-ts/core';
import { eventNotifier } from '@nksip-ts/event-notifier';
import { requestText } from '../kit/request-text.ts';
import type { RequestText } from '../kit/received-text.ts';
import { capturedDialog } from './captured-dialog.ts';
import { Replay } from './replay.ts';
import { closeAll, overUdp, running } from './running.ts';

// Whole dialogs of sofia-sip 1.12.11 and Twinkle 1.10.2 with a server that was made for that, recorded beside the project.
const folder = join(import.meta.dirname, '../../../shared/captures/watchers');

const withoutSeconds = (state: string): string => state.replace(/(?<=expires=)\d+/, 'N');

/** What a client goes by; the tag of the notifier is in the answer to its SUBSCRIBE. */
function told(notify: RequestText): readonly string[] {
  return [notify.startLine, notify.one('To'), notify.one('From'), notify.one('Call-ID'), notify.one('Event'), withoutSeconds(notify.one('Subscription-State')), notify.all('Content-Type').join()];
}

/** Theirs had no document where it had nothing to say; ours has one always, with its type. */
function expectAlike(ours: RequestText, theirs: RequestText): void {
  const compared = theirs.body === '' ? -1 : undefined;
  expect(told(ours).slice(0, compared)).to.deep.equal(told(theirs).slice(0, compared));
  if (theirs.body !== '') expect(ours.body).to.equal(theirs.body);
}

const numberOf = (notify: RequestText | undefined): number => Number(/^\d+/.exec(notify?.one('CSeq') ?? '')?.[0]);

async function watchersOf(service: Service): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of eventNotifier.watchers(service)) ids.push(id);
  return ids;
}

describe('Dialogs of real clients, played again', () => {
  before(function () {
    if (existsSync(folder)) return;
    console.warn(`    skipped: ${folder} is not there`);
    this.skip();
  });

  afterEach(closeAll);

  for (const [client, file, subscriptions] of [['sofia-sip', 'dialog.nt_so.txt', 3], ['Twinkle', 'dialog.nt_tw.txt', 4]] as const) {
    it(`C04 C05 C07 C15 C25 C26 ${client} watches, waits, sees each state, is sent away, comes back, refreshes and ends`, async () => {
      const service = await running({ plugins: ['event-compositor', 'event-notifier'], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence', sip_from: 'sip:bob@127.0.0.1', sip_event_notifier_min_interval: 0 });
      const failed: unknown[] = [];
      service.events.on('event_notifier:failed', (_watcher, { code }) => { failed.push(code); });
      const peer = await overUdp(service);
      const replay = new Replay(service, peer, capturedDialog(join(folder, file)));
      const end = await replay.untilItsEnd();
      expect(replay.codes.filter((codes) => !/ 200 200$/.test(codes))).to.deep.equal([]);
      expect(replay.codes.filter((codes) => codes.startsWith('SUBSCRIBE'))).to.have.length(subscriptions);
      for (const { ours, theirs } of replay.notified) expectAlike(ours, theirs);
      expect(replay.notified.map(({ ours }) => ours.one('CSeq')).join()).to.match(/^(?:1 NOTIFY,2 NOTIFY,3 NOTIFY,4 NOTIFY,5 NOTIFY,6 NOTIFY,)+1 NOTIFY(?:,\d NOTIFY)*$/);

      const last = replay.notified.at(-1)?.ours;
      expect((await replay.subscribeAgain(end, '600', 0)).code).to.equal(200);
      const refreshed = await replay.next();
      expect([refreshed.body, withoutSeconds(refreshed.one('Subscription-State'))]).to.deep.equal([last?.body, withoutSeconds(last?.one('Subscription-State') ?? '')]);
      expect((await replay.subscribeAgain(end, '0', 1)).one('Expires')).to.equal('0');
      const terminated = await replay.next();
      expect(terminated.one('Subscription-State')).to.equal('terminated;reason=timeout');
      expect([refreshed, terminated].map(numberOf)).to.deep.equal([last, refreshed].map((notify) => numberOf(notify) + 1));
      expect((await peer.ask(requestText({ method: 'OPTIONS', uri: 'sip:service@127.0.0.1', port: peer.port }))).startLine, 'nothing more comes').to.equal('SIP/2.0 200 OK');
      expect([await watchersOf(service), failed]).to.deep.equal([[], []]);
    });
  }
});
