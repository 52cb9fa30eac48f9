import fc from 'fast-check';
import sinon from 'sinon';
import type { Behaviour } from './model-phone.ts';
import { ModelRun, type Step, type World } from './model-run.ts';

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom<Step['type']>(
    'publish', 'publish', 'modify', 'modify', 'renew', 'remove', 'watch', 'watch', 'watch', 'fetch', 'refresh', 'refresh', 'end', 'again', 'late', 'move', 'cut', 'decide', 'decide', 'pass', 'pass', 'pass', 'pass',
  ),
  n: fc.nat(9999),
});

/** Most phones take what they get, sooner or later. */
const behaviour: fc.Arbitrary<Behaviour> = fc.record({
  lost: fc.constantFrom(0, 0, 0, 1, 3),
  code: fc.constantFrom<Behaviour['code']>(200, 200, 200, 200, 200, 202, 500, 503, 407, 302, 481, 'nothing'),
  after: fc.constantFrom(0, 0, 7, 300, 900, 4000, 33_000),
  isTwice: fc.constantFrom(false, false, true),
}).map((one) => one.code === 503 ? { ...one, retryAfter: 7 } : one);

const world: fc.Arbitrary<World> = fc.record({
  onTimeout: fc.constantFrom('remove', 'keep'), isPaced: fc.boolean(), store: fc.constantFrom<World['store']>('ram', 'ram', 0, 3, 40),
  behaviours: fc.array(behaviour, { minLength: 1, maxLength: 12, size: 'max' }),
  acts: fc.array(fc.array(step, { minLength: 5, maxLength: 50, size: 'max' }), { minLength: 1, maxLength: 2 }),
});

describe('watchers, whatever happens', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => { clock = sinon.useFakeTimers({ now: 1_800_000_000_000 }); });
  afterEach(() => { clock.restore(); });

  it('C05 C12 C23 C25 C29 hold the composed state at rest; CSeq and versions only rise; nobody gets twice what it has but for a SUBSCRIBE; nothing comes before the 200 or behind terminated', async function () {
    this.timeout(900_000);
    await fc.assert(fc.asyncProperty(world, async (given) => {
      const run = await ModelRun.start(given, clock);
      try {
        await run.play();
      } finally {
        await run.stop();
      }
    }), { numRuns: 100000, seed: Number(process.env.SEED), interruptAfterTimeLimit: 540_000 });
  });
});
