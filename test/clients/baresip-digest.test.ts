import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeHa1, type AuthEntry, type SipRequest } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { closeAll, later, portOf, running } from '../wire/running.ts';
import { requireTool } from './tools.js';

const config = ['sip_listen 127.0.0.1:0', 'module_path /usr/lib/baresip/modules', 'module_app account.so', 'module_app presence.so', ''].join('\n');

describe('baresip as the client, with a password', function () {
  this.timeout(30_000);

  before(function () {
    requireTool(this, 'baresip', 'baresip-core');
  });

  afterEach(closeAll);

  /** Runs a phone of alice's until it ends or somebody ends it. */
  async function phone(port: number, password: string) {
    const folder = await mkdtemp(join(tmpdir(), 'nksip-ts-baresip-'));
    later(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'config'), config);
    await writeFile(join(folder, 'accounts'), `<sip:alice@127.0.0.1:${port}>;auth_pass=${password};pubint=60;regint=0\n`);
    const child = spawn('baresip', ['-f', folder], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    later(async () => {
      child.kill('SIGKILL');
      await ended;
    });
  }

  for (const [password, code] of [['secret', 200], ['wrong', 401]] as const) {
    it(`A34 A35 publishes after one challenge of MD5: '${password}' is ${code}`, async () => {
      let decided: (held: boolean) => void = () => undefined;
      const signed = new Promise<boolean>((resolve) => (decided = resolve));
      const service = await running({ plugins: ['event-compositor'], sip_events: 'presence', sip_listen: 'sip:127.0.0.1:0' }, {
        sip_authorize: (authList: readonly AuthEntry[], req: SipRequest) => {
          if (req.method !== 'PUBLISH' || authList.length === 0) return ['authenticate', 'home'];
          decided(req.digestUsers.get('home') === req.ruri.user);
          return req.digestUsers.get('home') === req.ruri.user ? 'ok' : ['authenticate', 'home'];
        },
        sip_get_user_pass: (user: string, realm: string) => user === 'alice' && makeHa1(user, realm, 'secret'),
      });
      await phone(portOf(service, 'udp'), password);
      expect(await signed).to.equal(code === 200);
    });
  }
});
