import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { later } from '../wire/running.ts';

const modules = ['account.so', 'contact.so', 'presence.so'].map((module) => `module_app ${module}`);
const config = ['sip_listen 127.0.0.1:0', 'sip_verify_server no', 'module_path /usr/lib/baresip/modules', ...modules, ''].join('\n');

export interface Phone {
  /** What it has shown of the one whom it watches, as `Offline > Online`, one for each change. */
  readonly shown: readonly string[];
  /** Resolves when it has shown so many. */
  shows(count: number): Promise<void>;
  /** Hangs up as a person would: what was published is removed. */
  end(): Promise<void>;
}

/**
 * A baresip of alice's, or another user's, without sound or screen; `account` is what stands behind her address, from the port on, and `buddy` the address of
 * somebody whom she watches. Ended after the test.
 */
export async function baresip(account: string, buddy?: string, user = 'alice'): Promise<Phone> {
  const folder = temporaryFolder('baresip');
  later(() => { removeFolder(folder); });
  await writeFile(join(folder, 'config'), config);
  await writeFile(join(folder, 'accounts'), `<sip:${user}@127.0.0.1:${account}\n`);
  if (buddy !== undefined) await writeFile(join(folder, 'contacts'), `"Bob" <${buddy}>;presence=p2p\n`);
  const child = spawn('baresip', ['-f', folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'exit');
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { printed += text; });
  const shown = (): string[] => [...stripVTControlCharacters(printed).matchAll(/changed status from (\w+) to (\w+)/g)].map(([, before, after]) => `${before} > ${after}`);
  later(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return {
    get shown() { return shown(); },
    async shows(count) {
      while (shown().length < count) await Promise.race([once(child.stdout, 'data'), ended.then(() => { throw new Error(`baresip ended:\n${printed}`); })]);
    },
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
