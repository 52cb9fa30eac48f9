import { expect } from 'chai';
import { textLog } from '../../packages/cli/src/output/text-log.ts';

describe('the log of the command', () => {
  let out: string[];
  let err: string[];
  const log = (level: 'info' | 'debug' = 'info', worker?: number) => textLog(level, (line) => out.push(line), (line) => err.push(line), worker);
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /;
  beforeEach(() => { [out, err] = [[], []]; });

  it('has one line an entry: time, level, worker, message, sender; warnings and errors on the second stream', () => {
    log('debug', 3).debug({}, 'a');
    log().info({ from: 'udp:127.0.0.1:5060' }, 'b');
    log().warn({}, 'c');
    log().error({}, 'd');
    expect(out.map((line) => line.replace(time, ''))).to.deep.equal(['debug [3] a\n', 'info  b from udp:127.0.0.1:5060\n']);
    expect(err.map((line) => line.replace(time, ''))).to.deep.equal(['warn  c\n', 'error d\n']);
  });

  it('shows control characters as escapes, and indents the lines of a message behind the first', () => {
    log().info({ from: 'x\ny' }, 'PUBLISH sip:a\x1b[31m\u202e@x\n12:00:00.000 info  forged\r\n    more');
    expect(out[0]?.replace(time, '')).to.equal(String.raw`info  PUBLISH sip:a\x1b[31m\u202e@x` + '\n    12:00:00.000 info  forged\\r\n    more from x\n    y\n');
  });

  it('names the sender once, where the message has it already', () => {
    const from = 'udp:127.0.0.1:506';
    const messages = [`failed sign-in of "alice" from ${from}`, `10 failed sign-ins from ${from}: no credentials are looked at there for 1 s`, `${from}: closed`, `dropped, from ${from}`];
    for (const message of messages) log().info({ from }, message);
    log().info({ from }, 'MESSAGE sip:udp:127.0.0.1:506@a 200 OK');
    log().info({ from }, `${from}0: closed`);
    expect(out.map((line) => line.replace(time, '').slice('info  '.length, -1))).to.deep.equal([
      ...messages, `MESSAGE sip:udp:127.0.0.1:506@a 200 OK from ${from}`, `${from}0: closed from ${from}`,
    ]);
  });

  it('has no entry of more than 262,144 characters and what stands before them', () => {
    log().info({}, '\x01'.repeat(1_000_000));
    expect(out[0]).to.have.length.within(262_000, 262_300).and.match(/\\x01\.\.\. \(\d+ characters more\)\n$/);
  });

  it('has the stack of what a callback threw, indented, at level debug alone', () => {
    const cause = new TypeError('boom\n12:00:00.000 info  forged');
    const error = new Error('The callback failed.', { cause });
    log().error({ err: error }, 'x');
    log('debug').error({ err: error }, 'x');
    log('debug').warn({ err: error }, 'x');
    expect(err.map((line) => line.replace(time, '').split('\n').length)).to.deep.equal([2, 2 + (cause.stack ?? '').split('\n').length, 2]);
    expect(err[1]).to.match(/ error x\n {4}TypeError: boom\n {4}12:00:00\.000 info {2}forged\n {4}at /);
  });

  it('formats nothing that its level leaves out', () => {
    log().debug({ get from() { throw new Error('formatted'); } }, 'x');
    expect(out).to.deep.equal([]);
  });
});
