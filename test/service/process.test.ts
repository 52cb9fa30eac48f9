import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { publishText } from '../kit/request-text.ts';

const script = `
  import { startByName } from '@nksip-ts/core';
  const service = await startByName('child', {
    plugins: ['event-compositor'], sip_events: 'nkpublish', log_level: 'silent', sip_listen: 'sip:127.0.0.1:0, sips:127.0.0.1:0',
  }, { sip_message: () => new Promise(() => undefined) });
  console.log(service.chain('sip_publish').join(' '));
  const published = await service.inject(process.argv[1]);
  console.log(published.code);
  const pending = service.inject(process.argv[1].replaceAll('PUBLISH', 'MESSAGE'));
  console.log(await service.stop(), await pending);
`;

describe('a process with a service', () => {
  it('loads a plugin by its name, and ends by itself once the service has stopped', async function () {
    this.timeout(20_000);
    const text = publishText({ headers: ['Expires: 3600'], body: 'state' });
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--conditions', '@nksip-ts/source', '--input-type=module', '-e', script, text], {
      cwd: join(import.meta.dirname, '../..'), timeout: 15_000,
    });
    expect(stdout.trim().split('\n')).to.deep.equal(['event-compositor core', '200', 'ok undefined']);
  });
});
