import { expect } from 'chai';
import sinon from 'sinon';
import { createLogger, logLevels } from '../../packages/core/src/log.ts';

describe('the log', () => {
  afterEach(() => { sinon.restore(); });

  function linesOf(write: () => void): readonly unknown[] {
    const stub = sinon.stub(process.stderr, 'write').returns(true);
    write();
    const lines = stub.args.map(([chunk]): unknown => JSON.parse(String(chunk)));
    stub.restore();
    return lines;
  }

  it('writes lines of JSON with the service, at its level and the more severe ones', () => {
    const log = createLogger('server', 'warn');
    const lines = linesOf(() => {
      log.debug({}, 'a');
      log.info({}, 'b');
      log.warn({ plugin: 'p' }, 'c');
      log.error({ err: new Error('e') }, 'd');
    });
    expect(lines).to.have.length(2);
    expect(lines[0]).to.include({ service: 'server', plugin: 'p', msg: 'c', level: 40 });
    expect(lines[1]).to.include({ service: 'server', msg: 'd', level: 50 });
  });

  it('formats nothing that its level leaves out', () => {
    const fields = { get costly() { throw new Error('formatted'); } };
    expect(linesOf(() => { createLogger('s', 'error').warn(fields, 'x'); })).to.deep.equal([]);
  });

  it('tells which levels are on', () => {
    const enabled = logLevels.map((level) => logLevels.filter((asked) => createLogger('s', level).isLevelEnabled(asked) && asked !== 'silent').length);
    expect(enabled).to.deep.equal([0, 1, 2, 3, 4]);
  });
});
