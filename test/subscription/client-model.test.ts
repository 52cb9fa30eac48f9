import { uac, type DialogUpdate, type Subscription } from '@nksip-ts/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { closeAll } from '../wire/running.ts';
import { subscribing } from './client.ts';
import { Notifier } from './notifier.ts';

/** What one notifier, of those that a SUBSCRIBE was forked to, does; or the 2xx comes from the first one. */
type Step = '200' | { readonly tag: string; readonly cseq: number; readonly state: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant('200' as const) },
  {
    weight: 8, arbitrary: fc.record({
      tag: fc.constantFrom('n1', 'n2', 'n3'), cseq: fc.integer({ min: 1, max: 9 }),
      state: fc.constantFrom('active;expires=60', 'pending;expires=50', 'active', 'unknown', 'terminated;reason=giveup', 'terminated'),
    }),
  },
);

/** What is right of one dialog: the last CSeq, what it is, and what was told of it. */
interface Model {
  cseq: number;
  isOver: boolean;
  status: string;
  readonly told: string[];
}

describe('subscriptions of ours, whatever notifiers do', () => {
  afterEach(closeAll);

  /** The answer that a NOTIFY must get, after which the model is what it is then. */
  function expected(models: Map<string, Model>, { tag, cseq, state }: Exclude<Step, '200'>): string {
    const model = models.get(tag) ?? begun();
    if (model.isOver) return '481';
    if (cseq < model.cseq) return '500';
    // RFC 3261 8.2.2.2: the same Call-ID, From tag and CSeq over another way.
    if (cseq === model.cseq) return '482';
    models.set(tag, model);
    model.cseq = cseq;
    const status = state.split(';')[0] ?? '';
    if (status === 'terminated') {
      model.isOver = true;
      model.told.push('terminated', 'stop');
    } else if (status !== 'unknown' && status !== model.status) {
      model.status = status;
      model.told.push(status);
    }
    return '200';
  }

  const begun = (): Model => ({ cseq: 0, isOver: false, status: 'init', told: ['start', 'init'] });

  it('RFC 6665 4.1.3, RFC 3261 12.2.2 each NOTIFY gets its answer, each dialog begins and ends once, and nothing is told behind its end', async () => {
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const told = new Map<string, string[]>();
      const { service } = await subscribing({}, {
        sip_dialog_update: (update: DialogUpdate, _call: unknown, { remote_tag }: Subscription) => {
          const text = typeof update === 'string' ? update : typeof update[1] === 'string' ? update[1] : update[1][0];
          told.set(remote_tag, [...told.get(remote_tag) ?? [], text]);
        },
      });
      const notifier = await Notifier.open('udp');
      const result = uac.subscribe(service, notifier.uri, { event: 'presence', expires: 600 });
      const subscribe = await notifier.next();
      const models = new Map<string, Model>();
      for (const one of steps) {
        if (one === '200') {
          notifier.grant(subscribe, 600);
          expect(await result).to.include({ ok: true });
          if (!models.has('n1')) models.set('n1', begun());
        } else {
          const answer = expected(models, one);
          expect(await notifier.notify(subscribe, one), JSON.stringify(one)).to.match(new RegExp(`^SIP/2.0 ${answer} `));
        }
      }
      for (const [tag, model] of models) expect(told.get(tag), tag).to.deep.equal(model.told);
      expect(told.size).to.equal(models.size);
      await closeAll();
      await result;
      for (const [tag, model] of models) expect(told.get(tag)?.slice(-2), `${tag} at the end`).to.deep.equal(['terminated', 'stop'], JSON.stringify(model));
    }), { numRuns: 60 });
  });
});
