import { expect } from 'chai';
import { defaultLimits } from '@nksip-ts/sip';
import { Stack } from '../../packages/core/src/stack.ts';
import { Trace } from '../../packages/core/src/trace.ts';
import type { Source } from '../../packages/core/src/transport/transport.ts';
import { bytes, request } from './sip-text.ts';

const source: Source = { transport: 'tcp', address: '127.0.0.1', port: 5060, localAddress: '127.0.0.1', localPort: 5060, reply: () => undefined };

describe('the stack', () => {
  it('survives what throws while it takes a message or a stream that cannot be framed, and tells', () => {
    const thrown = new TypeError('a logger that throws');
    const fail = (): never => { throw thrown; };
    const log = { level: 'info', isLevelEnabled: () => true, debug: fail, info: fail, warn: fail, error: fail };
    const faults: unknown[] = [];
    const stack = new Stack({
      limits: defaultLimits, log, trace: new Trace(log, () => true), fault: (error) => void faults.push(error),
      request: fail, refuse: fail, response: fail,
    });
    expect(stack.message(bytes(request('1')), source)).to.equal(false);
    stack.broken(400, 'Bad Request', bytes(request('1')), source);
    expect(faults).to.deep.equal([thrown, thrown]);
  });
});
