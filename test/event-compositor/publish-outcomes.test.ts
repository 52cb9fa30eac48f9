import { expect } from 'chai';
import sinon from 'sinon';
import type { PublishParts } from '../kit/sip-request.ts';
import { CompositorUnderTest, SimpleStore, type Answer } from './compositor-under-test.ts';
import { everyOutcome, type BodyKind, type ExpiresKind, type Outcome, type TagKind } from './publish-outcomes.ts';

const NOW = 1_700_000_000;
const before = 'the body before';
const sent = 'the body that is sent';
/** Expires is 100 in what comes, 200 in what is stored already, 60 by default, and must be 30 at least. */
const options = { sip_event_compositor_min_expires: 30 };

const expiresOf: Readonly<Record<ExpiresKind, Pick<PublishParts, 'expires'>>> = { absent: {}, enough: { expires: 100 }, brief: { expires: 29 }, zero: { expires: 0 } };
const bodyOf: Readonly<Record<BodyKind, PublishParts>> = { none: {}, taken: { body: sent }, 'not taken': { body: sent, type: 'text/plain' } };
const codes = { 400: /^invalid_request/, 412: /^conditional_request_failed/, 415: /^415/, 423: /^interval_too_brief/ } as const;

/** The bodies stored, each with the seconds that it has left. */
type Stored = readonly (readonly [string, number])[];

/** RFC 3903 4.2 to 4.5: what is stored afterwards, where before there was one publication for 200 seconds. */
function storedAfter(outcome: Outcome, seconds: number): Stored {
  switch (outcome) {
    case 'created': return [[before, 200], [sent, seconds]];
    case 'refreshed': return [[before, seconds]];
    case 'modified': return [[sent, seconds]];
    case 'removed': return [];
    default: return [[before, 200]];
  }
}

/** RFC 3903 6(6): every 200 has one tag and the lifetime chosen, everything else has neither. */
function mustAnswer(answer: Answer, outcome: Outcome, seconds: number): void {
  if (typeof outcome === 'number') {
    expect(answer.code).to.match(codes[outcome]);
    expect(answer).to.include({ tag: undefined, expires: undefined });
  } else {
    expect(answer).to.include({ code: 'ok', expires: seconds });
    expect(answer.tag).to.be.a('string');
  }
}

describe('RFC 3903 6, every row of its table of outcomes', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: NOW * 1000, toFake: ['Date', 'performance'] }); });
  afterEach(() => clock.restore());

  for (const etag of ['keep', 'renew'] as const) {
    for (const { tag, expires, body, outcome } of everyOutcome()) {
      it(`${outcome}: SIP-If-Match ${tag}, Expires ${expires}, body ${body} (${etag})`, async () => {
        const store = new SimpleStore();
        const service = new CompositorUnderTest({ options: { ...options, sip_event_compositor_etag: etag }, store: store.callback });
        const known = await service.stored({ body: before, expires: 200 });
        const ifMatch: Readonly<Record<TagKind, PublishParts>> = { absent: {}, known: { ifMatch: known }, unknown: { ifMatch: 'nobody-has-this' } };
        const answer = await service.publish({ ...ifMatch[tag], ...expiresOf[expires], ...bodyOf[body] });
        const seconds = { absent: 60, enough: 100, brief: 29, zero: 0 }[expires];
        mustAnswer(answer, outcome, seconds);
        const stored = [...store.records.values()].map((record) => [Buffer.from(record.data).toString(), record.expires - NOW]);
        expect(stored).to.have.deep.members(storedAfter(outcome, seconds));
        const isStored = outcome === 'created' || outcome === 'refreshed' || outcome === 'modified';
        expect(await service.textOf(answer.tag)).to.equal(isStored ? storedAfter(outcome, seconds).at(-1)?.[0] : 'not_found');
        const keeps = etag === 'keep' && tag === 'known' && typeof outcome === 'string';
        expect(answer.tag === known, 'the tag stays').to.equal(keeps);
      });
    }
  }
});
