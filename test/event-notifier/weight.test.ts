import type { LiveSubscription } from '@nksip-ts/core';
import { expect } from 'chai';
import { anyPackage } from '@nksip-ts/event-notifier';
import { KeptDocuments } from '../../packages/event-notifier/src/state/kept-documents.ts';
import { flat, nothingWanted, WatcherRecord } from '../../packages/event-notifier/src/watcher/record.ts';
import { WatcherTable } from '../../packages/event-notifier/src/watcher/table.ts';
import { heldBytes } from '../wire/held-bytes.ts';

const MANY = 20_000;

describe('what watchers weigh beside their subscriptions', () => {
  const pack = anyPackage('weather');
  const facts = { user: undefined, transport: 'udp', type: '*/*', wants: nothingWanted, decision: 'allow', since: 1_800_000_000, expires: 1_800_003_600 } as const;

  for (const each of [1, 10, MANY]) {
    it(`is what is counted, where ${each} watch each address, and all of it is given back when they have ended`, async () => {
      const live: LiveSubscription[] = Array.from({ length: MANY }, (_, number) => ({ handle: `U_${number}`, event: 'weather', from: 'sip:bob@example.com', remote_target: `sip:bob@192.0.2.1:${number}`, data: undefined }));
      const table = new WatcherTable((handle) => live[Number(handle.slice(2))]);
      const kept = new KeptDocuments();
      const fill = (): void => {
        for (const [number, subscription] of live.entries()) {
          const watched = table.watchedFor({ scheme: 'sip', user: flat(`user${Math.floor(number / each)}`), domain: flat('www.example.com') }, pack);
          table.add(new WatcherRecord(subscription, watched, { ...facts, peer: flat(`192.0.2.${number % 250} ${number}`) }));
          if (watched.documents.length > 0) continue;
          watched.documents = [{ type: '*/*', mark: flat(`text/plain 0123456789012345678901 ${number}`), document: { data: new Uint8Array(200), content_type: 'text/plain' } }];
          kept.put(watched);
        }
      };
      const empty = (): void => {
        for (const record of [...table.all()]) if (table.remove(record)) kept.forget(record.watched);
      };
      fill();
      empty();
      const before = await heldBytes();
      fill();
      const [held, counted] = [(await heldBytes() - before) / MANY, (table.bytes + kept.bytes) / MANY];
      expect([table.size, table.get('U_7')?.handle]).to.deep.equal([MANY, 'U_7']);
      empty();
      const left = (await heldBytes() - before) / MANY;
      expect([table.size, table.bytes, kept.bytes, table.isEmpty]).to.deep.equal([0, 0, 0, true]);
      expect(live.every(({ data }) => data === undefined)).to.equal(true);
      expect(held).to.be.within(0.75 * counted, 1.1 * counted);
      expect(left, 'of code, and of what came lately').to.be.below(60);
    });
  }
});
