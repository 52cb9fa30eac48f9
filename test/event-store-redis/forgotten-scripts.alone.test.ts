import type { NksipError } from '@nksip-ts/core';
import { RedisStore } from '@nksip-ts/event-store-redis';
import { expect } from 'chai';
import { ScriptCommand, Sessions } from '../../packages/event-store-redis/src/script-command.ts';
import { scripts } from '../../packages/event-store-redis/src/scripts.ts';
import { requireTool } from '../clients/tools.ts';
import { closeAll, later } from '../wire/running.ts';
import { RedisServer } from './redis-servers.ts';
import { SlowAnswers } from './slow-answers.ts';

const aor = { scheme: 'sip', user: 'alice', domain: 'example.com' };
const record = { data: Buffer.from('x'), event: 'presence', expires: Date.now() / 1000 + 600 };

describe('the store in a Redis that forgets its scripts again and again', function () {
  this.timeout(20_000);
  before(function () { requireTool(this, 'redis-server', 'redis-server'); });
  afterEach(closeAll);

  it('is sent a script in full when it did not know it, over whatever connection of a Cluster that goes', () => {
    const sessions = new Sessions();
    const call = { script: scripts.count, keys: ['key'], args: [] };
    const sentOver = (socket: object, command: ScriptCommand): string => /\r\n(eval|evalsha)\r\n/.exec(String(command.toWritable(socket)))?.[1] ?? '';
    const [one, other] = [{}, {}];
    expect([one, other, one, other].map((socket) => sentOver(socket, new ScriptCommand(call, sessions)))).to.deep.equal(['eval', 'eval', 'evalsha', 'evalsha']);
    const again = new ScriptCommand(call, sessions, 'in full');
    expect([one, other].map((socket) => sentOver(socket, again))).to.deep.equal(['eval', 'eval']);
  });

  it('has answered, or refused, within twice its timeout, however often it must send a write', async () => {
    const server = await RedisServer.start();
    later(() => server.stop());
    const forgetful = await server.client();
    later(() => { forgetful.disconnect(); });
    const slow = await SlowAnswers.of(server.port);
    later(() => slow.stop());
    const timeout = 600;
    const store = new RedisStore({ url: slow.url, timeout });
    later(() => store.close());
    await store.connect();
    slow.delay = 0.8 * timeout;
    const forgets = setInterval(() => { void forgetful.call('SCRIPT', 'FLUSH'); }, 10);
    const began = performance.now();
    const end = await store.put('a', aor, 't', record, 600).catch((error: NksipError) => error.code);
    clearInterval(forgets);
    expect(performance.now() - began, String(end)).to.be.within(timeout, 2 * timeout);
    expect(end).to.equal('store_unavailable');
  });
});
