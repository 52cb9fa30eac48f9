import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { withProgress } from '../../packages/cli/src/output/progress.js';

describe('the progress of export and import', () => {
  let clock: SinonFakeTimers;
  beforeEach(() => { clock = useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }); });
  afterEach(() => { clock.restore(); });

  it('is a line every five seconds, and none when the task is over, well or not', async () => {
    const lines: string[] = [];
    for (const fault of [undefined, new Error('the disk is full')]) {
      let done = 0;
      let end: () => void = () => undefined;
      const task = withProgress((line) => lines.push(line), () => `${done} done`, () => new Promise<void>((resolve, reject) => {
        end = () => { if (fault === undefined) resolve(); else reject(fault); };
      })).catch((error: unknown) => error);
      clock.tick(4_999);
      expect(lines).to.deep.equal([]);
      done = 3;
      clock.tick(1);
      done = 5;
      clock.tick(5_000);
      expect(lines.splice(0)).to.deep.equal(['3 done so far', '5 done so far']);
      end();
      expect(await task).to.equal(fault);
      clock.tick(60_000);
      expect(lines).to.deep.equal([]);
    }
  });
});
