import { expect } from 'chai';
import sinon from 'sinon';
import { hidden } from '../wire/hostile-text.ts';
import { NksipError } from '../../packages/core/src/errors.ts';
import { createLogger, logLevels } from '../../packages/core/src/log/log.ts';

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

  it('has of an error its type and code and where it began, and its sentence twice at most', () => {
    const cause = new TypeError('Cannot read it.');
    const error = new NksipError('callback_failed', { callback: 'sip_x', plugin: 'p', reason: cause.message }, { cause });
    const [plain, failed] = linesOf(() => {
      createLogger('server', 'info').error({ err: cause }, cause.message);
      createLogger('server', 'info').error({ err: error }, error.message);
    }) as readonly { readonly msg: string; readonly err: Readonly<Record<string, string>> }[];
    expect(plain?.err).to.deep.equal({ type: 'TypeError', stack: cause.stack });
    expect(failed?.err).to.deep.equal({ type: 'NksipError', code: 'callback_failed', message: "The callback 'sip_x' of 'p' failed: Cannot read it.", stack: cause.stack });
    expect(failed?.msg).to.equal(failed?.err['message']);
  });

  it('shows no control characters, wherever they stand, and keeps the values', () => {
    const text = 'a\x1b[31m\x7f\x9b\u202e\u2028\r\nb';
    const stub = sinon.stub(process.stderr, 'write').returns(true);
    createLogger('server', 'info').error({ err: new Error(text, { cause: new Error(text) }), uri: text, [text]: [text] }, text);
    const line = String(stub.args[0]?.[0]);
    stub.restore();
    expect(line.replace(/\n$/, '')).not.to.match(hidden);
    expect(JSON.parse(line)).to.deep.include({ msg: text, uri: text, [text]: [text] });
  });

  for (const char of ['"', '\\', '\u202e', '\x01', '\u20ac']) {
    it(`has no line that goes on and on, nor one that never finds room: ${JSON.stringify(char)}`, () => {
      const stub = sinon.stub(process.stderr, 'write').returns(true);
      createLogger('server', 'info').warn({ uri: 'sip:x' }, char.repeat(1_000_000));
      const line = String(stub.args[0]?.[0]);
      stub.restore();
      expect(line).to.have.length.within(100_000, 256 * 1024);
      expect(JSON.parse(line)).to.include({ level: 40, service: 'server' }).with.property('msg').that.matches(/^\{"level":40.*\.\.\. \(\d+ characters more\)$/);
    });
  }

  it('drops what nobody reads, and says how much', () => {
    const log = createLogger('server', 'info');
    Object.defineProperty(process.stderr, 'writableLength', { configurable: true, value: 1_048_576 });
    expect(linesOf(() => { log.info({}, 'a'); log.info({}, 'b'); })).to.deep.equal([]);
    Reflect.deleteProperty(process.stderr, 'writableLength');
    const lines = linesOf(() => { log.info({}, 'c'); });
    expect(lines[0]).to.include({ level: 40, service: 'server', msg: '2 entries of this log were dropped here: nobody read fast enough' });
    expect(lines[1]).to.include({ msg: 'c' });
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
