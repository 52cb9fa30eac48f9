import { NksipError } from '@nksip-ts/core';
import { expect } from 'chai';
import { jsonLines } from '../../packages/cli/src/output/json-log.ts';
import { lineLog } from '../../packages/cli/src/output/line-log.ts';

describe('the log of the command as JSON', () => {
  let out: string[];
  let err: string[];
  const log = (level: 'info' | 'debug' = 'info', worker?: number) => lineLog(level, jsonLines(level === 'debug', 'mine', worker), (line) => out.push(line), (line) => err.push(line));
  const entry = (line: string | undefined): Record<string, unknown> => JSON.parse(line ?? '') as Record<string, unknown>;
  beforeEach(() => { [out, err] = [[], []]; });

  it('has one line an entry: time, level, service, worker, message, and the fields beside them', () => {
    log('info', 3).info({ from: 'udp:127.0.0.1:5060', count: 2 }, 'a');
    const { time, ...rest } = entry(out[0]);
    expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).to.deep.equal({ level: 'info', service: 'mine', worker: 3, message: 'a', from: 'udp:127.0.0.1:5060', count: 2 });
    expect(out[0]).to.match(/^\{"time":[^\n]*\}\n$/);
  });

  it('writes warnings and errors to the second stream, and nothing below its level', () => {
    log().debug({ get from() { throw new Error('formatted'); } }, 'x');
    log().warn({}, 'c');
    log().error({}, 'd');
    expect([out.length, err.map((line) => entry(line)['level'])]).to.deep.equal([0, ['warn', 'error']]);
  });

  it('lets no field pass for what every entry has, and shows no control character of strangers', () => {
    log().info({ message: 'forged', level: 'error', service: 'other', from: 'x\u202e\n\x85' }, 'PUBLISH sip:a\x1b[31m\r\n{"level":"error"}');
    expect(entry(out[0])).to.include({ level: 'info', service: 'mine', from: 'x\u202e\n\x85' });
    expect(out).to.have.length(1);
    expect(out[0]?.slice(0, -1)).to.match(/^[ -~]*$/);
  });

  it('has name, code and message of an error, and its stack at level debug', () => {
    const cause = new TypeError('boom');
    const error = new NksipError('callback_failed', { callback: 'sip_publish', reason: 'boom', given: 'hidden' }, { cause });
    log().error({ err: error }, 'x');
    log('debug').error({ err: error }, 'x');
    expect(entry(err[0])['err']).to.deep.equal({ name: 'NksipError', code: 'callback_failed', message: error.message });
    expect(entry(err[1])['err']).to.have.property('stack', cause.stack);
  });

  it('leaves the fields out that are no JSON, or too long', () => {
    const circle: Record<string, unknown> = {};
    circle['circle'] = circle;
    log().info(circle, 'a');
    log().info({ n: 1n }, 'b');
    log().info({ long: 'x'.repeat(300_000) }, 'c');
    log().info({}, '\x01'.repeat(1_000_000));
    expect(out.slice(0, 3).map((line) => Object.keys(entry(line)))).to.deep.equal([1, 2, 3].map(() => ['time', 'level', 'service', 'message']));
    expect(out[3]).to.have.length.below(600_000);
  });
});
