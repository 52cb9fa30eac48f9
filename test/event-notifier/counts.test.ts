import { expect } from 'chai';
import sinon from 'sinon';
import { NotifierUnderTest } from './notifier-under-test.ts';

describe('what a notifier counts', () => {
  let clock: sinon.SinonFakeTimers;

  beforeEach(() => { clock = sinon.useFakeTimers({ now: 1_800_000_000_000 }); });
  afterEach(() => { clock.restore(); });

  it('is its watchers, and the NOTIFYs that were sent, failed and spared', async () => {
    const one = new NotifierUnderTest({ options: { sip_event_notifier_min_interval: 5 } });
    expect(one.notifier.counts).to.deep.equal({ watchers: 0, sent: 0, failed: 0, suppressed: 0 });
    await one.watch();
    await clock.tickAsync(100);
    expect(one.notifier.counts).to.deep.equal({ watchers: 1, sent: 1, failed: 0, suppressed: 0 });
    // The first change goes out at once, the second waits for its time, and the third takes its place.
    for (const basic of ['open', 'closed', 'open'] as const) {
      await one.present(basic);
      await clock.tickAsync(100);
    }
    await clock.tickAsync(6000);
    const { sent, suppressed } = one.notifier.counts;
    expect(sent).to.be.within(2, 3);
    expect(suppressed).to.be.at.least(1);
    one.answers = () => 500;
    await one.present('closed');
    await clock.tickAsync(6000);
    expect(one.notifier.counts.failed).to.be.at.least(1);
    await one.close();
  });
});
