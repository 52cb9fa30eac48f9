import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { start } from '@nksip-ts/core';
import * as eventCompositor from '@nksip-ts/event-compositor';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { requireTool } from './tools.js';

const scenario = fileURLToPath(new URL('lifecycle.xml', import.meta.url));
const calls = 1_000;

describe('SIPp as the client', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'sipp', 'sip-tester');
  });

  for (const [transport, flag] of [['UDP', 'u1'], ['TCP', 't1']] as const) {
    for (const etag of ['keep', 'renew'] as const) {
      it(`runs ${calls} lifecycles over ${transport} with '${etag}' and no failed call`, async () => {
        const service = await start('sipp', {
          plugins: [eventCompositor.default], sip_listen: 'sip:127.0.0.1:0', sip_events: 'presence', sip_event_compositor_etag: etag,
        });
        const folder = temporaryFolder('sipp');
        try {
          const port = /:(\d+);/.exec(service.addresses[0] ?? '')?.[1] ?? '';
          const args = [`127.0.0.1:${port}`, '-sf', scenario, '-t', flag, '-m', String(calls), '-l', '100', '-r', '2000', '-i', '127.0.0.1', '-nostdin', '-timeout', '40s'];
          // Exit code 0: no call failed.
          await promisify(execFile)('sipp', args, { cwd: folder, env: { ...process.env, TERM: 'dumb' }, maxBuffer: 64 * 1024 * 1024 });
          const left: unknown[] = [];
          for await (const publication of eventCompositor.list(service)) left.push(publication);
          expect(left).to.deep.equal([]);
        } finally {
          await service.stop();
          removeFolder(folder);
        }
      });
    }
  }
});
