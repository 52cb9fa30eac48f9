import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { later } from '../wire/running.ts';

const modules = ['account.so', 'presence.so'].map((module) => `module_app ${module}`);
const config = ['sip_listen 127.0.0.1:0', 'sip_verify_server no', 'module_path /usr/lib/baresip/modules', ...modules, ''].join('\n');

export interface Phone {
  /** Hangs up as a person would: what was published is removed. */
  end(): Promise<void>;
}

/** A baresip of alice's without sound or screen; `account` is what stands behind her address, from the port on. Ended after the test. */
export async function baresip(account: string): Promise<Phone> {
  const folder = temporaryFolder('baresip');
  later(() => { removeFolder(folder); });
  await writeFile(join(folder, 'config'), config);
  await writeFile(join(folder, 'accounts'), `<sip:alice@127.0.0.1:${account}\n`);
  const child = spawn('baresip', ['-f', folder], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  later(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
