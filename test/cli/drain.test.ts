import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command } from './command.js';

/** Says when a PUBLISH is there and when it was told to stop; how that PUBLISH ends is up to `onSignal`. */
const config = (onSignal: string): string => `
  let finish;
  process.on('SIGTERM', () => { console.log('signal'); ${onSignal} });
  export const options = { log_level: 'silent' };
  export const module = { sip_publish: () => new Promise((resolve) => { finish = resolve; console.log('busy'); }) };
`;

describe('the command told to stop while requests are under way', function () {
  this.timeout(30_000);
  let folder: string;

  before(async () => {
    folder = temporaryFolder();
  });

  after(async () => {
    removeFolder(folder);
  });

  async function busy(onSignal: string): Promise<{ readonly server: Command; readonly client: Command }> {
    const file = join(folder, 'config.mjs');
    await writeFile(file, config(onSignal));
    const server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--config', file);
    const [, address = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+)/);
    const client = new Command('publish', address, '--event', 'nkpublish', '--body', 'x', '--timeout', '9');
    await server.printed(/busy/);
    return { server, client };
  }

  it('finishes them, and ends with exit code 0', async () => {
    const { server, client } = await busy("setTimeout(() => finish(['reply', ['ok', { sip_etag: 'e', expires: 1 }]]), 50);");
    server.signal('SIGTERM');
    const [ended, answered] = await Promise.all([server.finished(), client.finished()]);
    expect([ended.code, answered.out], ended.err + answered.err).to.deep.equal([0, '200 OK\nSIP-ETag: e\nExpires: 1\n']);
  });

  it('ends at once when told again', async () => {
    await using server = (await busy('')).server;
    server.signal('SIGTERM');
    await server.printed(/signal/);
    server.signal('SIGTERM');
    expect((await server.finished()).code).to.equal(0);
  });
});
