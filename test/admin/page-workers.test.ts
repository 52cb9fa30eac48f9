import { uac } from '@nksip-ts/core';
import { expect } from 'chai';
import { Command } from '../cli/command.ts';
import { sharing } from '../cli/worker-server.ts';
import { requireTool } from '../clients/tools.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { closeAll, later, running } from '../wire/running.ts';
import { TOKEN } from './desk.ts';
import { PageBrowser } from './page-browser.ts';

describe('the page of the desk of two workers, in Chromium', function () {
  this.timeout(60_000);

  before(function () { requireTool(this, 'chromium', 'chromium'); });
  afterEach(closeAll);

  it('shows what both publish and refuse, and removes what it is told to, whichever worker has it', async () => {
    const folder = temporaryFolder('desk');
    later(() => { removeFolder(folder); });
    const server = new Command('serve', '--workers', '2', '--listen', 'sip:127.0.0.1:0', '--admin', '127.0.0.1:0', ...sharing(folder), '--set', 'sip_events=nkpublish', '--set', `sip_admin_token=${TOKEN}`);
    later(() => server[Symbol.asyncDispose]());
    const [, sip = ''] = await server.printed(/ready on sip:([\d.:]+);/);
    const [, url = ''] = await server.printed(/its page is (http:\S+)/);
    const browser = await PageBrowser.start();
    later(() => browser.close());
    const tab = await browser.open(url);
    await tab.until("document.querySelector('#connection.live') !== null && document.getElementById('service-line').textContent !== ''");
    // Each from a socket of its own, so that both workers get some.
    for (let user = 0; user < 12; user++) {
      const phone = await running({ sip_listen: 'sip:127.0.0.1:0' });
      expect((await uac.publish(phone, `sip:user${user}@${sip}`, { event: 'nkpublish', body: 'on', expires: 600 })).code).to.equal(200);
      expect((await uac.publish(phone, `sip:user${user}@${sip}`, { event: 'nothing', body: 'on' })).code).to.equal(489);
    }
    for (const worker of [1, 2]) await server.printed(new RegExp(`\\[${worker}\\] \\w+ sip:user`));
    await tab.until("document.querySelectorAll('#rows tr:not(.gone)').length === 12");
    await tab.until("document.getElementById('refusals').textContent.includes('489')");
    expect((await fetch(new URL('/api/addresses/sip%3Auser3%40127.0.0.1', url), { method: 'DELETE', headers: { authorization: `Bearer ${TOKEN}` } })).status).to.equal(204);
    await tab.until("document.querySelectorAll('#rows tr:not(.gone)').length === 11 && !document.getElementById('rows').textContent.includes('user3@')");
    expect(tab.faults).to.deep.equal([]);
  });
});
