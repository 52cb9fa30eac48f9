import { build } from 'esbuild';
import { closeAll, later } from '../wire/running.ts';
import { Browser, PageServer } from './browser.ts';
import { expectLifecycle, serviceForWebSocket } from './publications-seen.ts';
import { expectRefreshed, expectWatched, presenceServer } from './presence-seen.ts';
import type { Outcome } from './sip-js.ts';
import type { Stayed } from './sip-js-stay.ts';
import type { Watched } from './sip-js-watcher.ts';
import { expectStayed, houseForWebSocket } from './stay-seen.ts';
import { requireTool } from './tools.js';

/** SIP.js and what the page does with it, in one script. */
async function scriptFor(call: string, module: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import * as module from './${module}.ts';
        const tell = (outcome) => fetch('/outcome', { method: 'POST', body: JSON.stringify(outcome) });
        module.${call}.then(tell, (error) => tell({ error: String(error) }));`,
      resolveDir: import.meta.dirname,
    },
    bundle: true, write: false, format: 'iife', platform: 'browser', target: 'es2022', logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
}

function outcomeOf<Outcome extends object>(text: string): Outcome {
  const outcome = JSON.parse(text) as Outcome | { readonly error: string };
  if ('error' in outcome) throw new Error(outcome.error);
  return outcome;
}

/** What became of the script in a page of its own. */
async function outcomeIn<Outcome extends object>(page: PageServer, script: string): Promise<Outcome> {
  page.serve(script);
  const browser = await Browser.open(page.origin);
  later(() => browser.close());
  return outcomeOf<Outcome>(await Promise.race([page.outcome(), browser.ended()]));
}

describe('SIP.js in Chromium as the client', function () {
  this.timeout(60_000);

  before(function () {
    requireTool(this, 'chromium', 'chromium');
  });

  afterEach(closeAll);

  for (const etag of ['keep', 'renew'] as const) {
    it(`D39 D40 D41 a page publishes, refreshes, modifies and removes (tags: ${etag})`, async () => {
      const page = await PageServer.start();
      later(() => page.stop());
      const { service, url, seen } = await serviceForWebSocket(etag, page.origin);
      later(() => service.stop());
      expectLifecycle(await outcomeIn<Outcome>(page, await scriptFor(`lifecycle(${JSON.stringify(url)}, 'erin')`, 'sip-js')), seen, etag);
    });
  }

  it('C23 C61 a page watches what another agent publishes: initial, modify, remove, expiry, end', async () => {
    const page = await PageServer.start();
    later(() => page.stop());
    const server = await presenceServer(page.origin);
    await expectWatched(await outcomeIn<Watched>(page, await scriptFor(`watchPresence(${JSON.stringify(server.url)})`, 'sip-js-watcher')), server);
  });

  it('C04 C07 C61 a page refreshes its subscription by itself, in its dialog, and is notified each time', async () => {
    const page = await PageServer.start();
    later(() => page.stop());
    const server = await presenceServer(page.origin);
    await expectRefreshed(await outcomeIn<Watched>(page, await scriptFor(`watchThroughRefreshes(${JSON.stringify(server.url)})`, 'sip-js-watcher')), server);
  });

  for (const digest of [false, true]) {
    it(`C26 A35 a page registers, publishes, watches, refreshes by itself and unregisters, ${digest ? 'with passwords (MD5)' : 'without passwords'}`, async () => {
      const page = await PageServer.start();
      later(() => page.stop());
      const house = await houseForWebSocket(digest, page.origin);
      const call = `stay(${[house.url, ...(digest ? ['secret'] : [])].map((text) => JSON.stringify(text)).join()})`;
      await expectStayed(await outcomeIn<Stayed>(page, await scriptFor(call, 'sip-js-stay')), house);
    });
  }
});
