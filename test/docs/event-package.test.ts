import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import type { ServiceFault } from '@nksip-ts/core';
import { definePackage } from '@nksip-ts/event-notifier';
import { doorbell } from '../../examples/event-package/doorbell.ts';
import { pages, root } from '../../docs/generator/pages.ts';
import { subscribed, watchedService } from '../event-notifier/watched-service.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { publishText } from '../kit/request-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, later, overUdp } from '../wire/running.ts';
import { blocks } from './blocks.ts';
import { nksipTs, node, Program } from './programs.ts';

const file = 'docs/write-an-event-package.md';
const ofPage = blocks().filter(({ page }) => page === file);
const page = pages().find((one) => one.file === file)?.text ?? '';

/** The folder of somebody who has done what the page says. */
async function folderOfReader(): Promise<string> {
  const folder = temporaryFolder('house');
  later(() => { removeFolder(folder); });
  for (const { name, text } of ofPage.filter(({ name }) => name !== '')) await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await mkdir(join(folder, 'node_modules/@nksip-ts'), { recursive: true });
  // As npm does for folders that are installed.
  for (const name of ['core', 'event-notifier']) await symlink(join(root, 'packages', name), join(folder, 'node_modules/@nksip-ts', name));
  return folder;
}

/** The commands of the page, at another port. */
function commands(port: string): readonly (readonly string[])[] {
  return [...page.matchAll(/^npx nksip-ts (.*)$/gm)].map(([, line = '']) => (
    [...line.replace(':5060', `:${port}`).matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  ));
}

/** Seconds that remain differ from one time to the next. */
const settled = (printed: string): string => printed.replace(/(?<=expires=)\d+/g, 'N').trim();

describe('The page on event packages', function () {
  this.timeout(30_000);
  this.slow(10_000);
  afterEach(closeAll);

  it('C62 leads from an empty folder to a service with a package of its own, published to and watched over sockets', async () => {
    const folder = await folderOfReader();
    const [, port = ''] = await new Program(['server.ts', 'sip:127.0.0.1:0'], folder).until(/:(\d+);transport=udp/);
    const [watch = [], front = [], garden = [], wrong = []] = commands(port);
    const watching = new Program(nksipTs(...watch), folder);
    await watching.until(/all: quiet\n/);
    for (const publish of [front, garden]) expect((await node(nksipTs(...publish))).stdout).to.match(/^200 OK\n/);
    const refused = await node(nksipTs(...wrong)).catch((error: { readonly stdout: string }) => error);
    expect(page).to.include(`\`${refused.stdout.trim()}\``);
    await watching.until(/garden: quiet\n/);
    expect(settled(watching.printed)).to.equal(settled(ofPage.find(({ language }) => language === 'text')?.text ?? ''));
  });

  it('tells what becomes of requests where a function throws', async () => {
    const broken = (name: 'validate' | 'compose') => definePackage({ ...doorbell, name, [name]: () => { throw new Error('broken'); } });
    const service = await watchedService({ sip_events: 'validate, compose', sip_event_notifier_packages: [broken('validate'), broken('compose')] });
    const faults: string[] = [];
    service.events.on('error', ({ error }: ServiceFault) => { faults.push(error.code); });
    const publish = async (event: string) => (await service.inject(publishText({ uri: 'sip:alice@127.0.0.1', event, body: 'front: quiet' })))?.code;
    const watcher = new Watcher(await overUdp(service));
    await subscribed(watcher, { uri: 'sip:alice@127.0.0.1', event: 'compose' });
    expect((await watcher.notified()).body).to.equal('Version: 0\r\nall: quiet\r\n');
    expect([await publish('validate'), await publish('compose')]).to.deep.equal([500, 200]);
    const late = await new Watcher(await overUdp(service)).subscribe({ uri: 'sip:alice@127.0.0.1', event: 'compose' });
    expect([late.code, late.one('Retry-After')]).to.deep.equal([503, '5']);
    expect(faults.length).to.be.above(1);
  });

  it('has a plugin that brings a package along, through updates too', async () => {
    const folder = await folderOfReader();
    await writeFile(join(folder, 'app.ts'), `
      import { start, stop, update } from '@nksip-ts/core';
      import { stateOf } from '@nksip-ts/event-notifier';
      import doorbells from './doorbells.js';
      await start('house', { plugins: [doorbells], sip_listen: 'sip:127.0.0.1:0', sip_events: 'doorbell' });
      for (const sip_event_notifier_max_expires of [60, 61]) await update('house', { sip_event_notifier_max_expires });
      console.log(Buffer.from((await stateOf('house', 'sip:home@127.0.0.1', 'doorbell')).data).toString());
      await stop('house');`);
    expect((await node(['app.ts'], folder)).stdout).to.include('Version: 0\r\nall: quiet\r\n');
  });

  it('has a test that passes', async () => {
    expect((await node(['doorbell.test.ts'], await folderOfReader())).stdout).to.equal('as it should be\n');
  });
});
