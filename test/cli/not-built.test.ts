import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';

describe('the command in a checkout that is not built', () => {
  it('says so in one sentence, exit code 1', async () => {
    const folder = temporaryFolder();
    const bin = join(folder, 'packages/cli/bin');
    await cp(fileURLToPath(new URL('../../packages/cli/bin', import.meta.url)), bin, { recursive: true });
    await writeFile(join(bin, 'package.json'), '{ "type": "module" }');
    const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, [join(bin, 'nksip-ts.js'), 'serve'], (error, _stdout, told) => { resolve({ code: error?.code, stderr: told }); });
    });
    removeFolder(folder);
    expect(stderr).to.match(/^nksip-ts: It is not built yet: run 'npm ci && npm run build' in \S+\/\n$/);
    expect(code).to.equal(1);
  });
});
