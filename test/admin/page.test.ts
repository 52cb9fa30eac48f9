import { expect } from 'chai';
import '@nksip-ts/admin';
import '@nksip-ts/event-compositor';
import '@nksip-ts/event-notifier';
import '@nksip-ts/registrar';
import { requireTool } from '../clients/tools.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import { registerText } from '../registrar/register-text.ts';
import { closeAll, later, overUdp } from '../wire/running.ts';
import { desk, TOKEN, type DeskClient } from './desk.ts';
import { PageBrowser, type Tab } from './page-browser.ts';

interface Published {
  readonly body?: string;
  readonly event?: string;
  readonly expires?: number;
  readonly headers?: readonly string[];
}

async function publish({ peer }: DeskClient, user: string, { body = 'on', event = 'nkpublish', expires = 600, headers = ['Content-Type: text/plain'] }: Published = {}): Promise<void> {
  const { code } = await peer.ask(publishText({ port: peer.port, uri: `sip:${user}@example.com`, event, body, expires, headers }));
  expect(code).to.equal(200);
}

const rows = (user: string): string => `[...document.querySelectorAll('#rows tr:not(.gone)')].filter((row) => row.textContent.startsWith('sip:${user}@'))`;
const row = (user: string): string => `${rows(user)}[0]`;

/** Seconds, as a row of the list shows them: below a minute. */
const seconds = (user: string): string => `Number(/^(\\d+) s$/.exec(${row(user)}.querySelector('.left-text').textContent)[1])`;

/** Texts whose colour is too near to that behind them (WCAG 2.2, 1.4.3): 4.5 to 1, with what is seen of each. */
const faint = `(() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const [r, g, b, a = 1] = numbers(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const isText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
    if (!isText || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || element.matches(':disabled, .unseen, .unseen *, noscript')) continue;
    const [one, other] = [light(numbers(getComputedStyle(element).color)), light(behind(element))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (other + 0.05);
    if (ratio < 4.5) found.push(element.tagName + '.' + element.className + ' ' + element.textContent.trim().slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return found;
})()`;

describe('the page of the desk, in Chromium', function () {
  this.timeout(60_000);
  let browser: PageBrowser;

  before(async function () {
    requireTool(this, 'chromium', 'chromium');
    browser = await PageBrowser.start();
  });

  after(() => browser?.close());
  afterEach(closeAll);

  async function opened(options: Readonly<Record<string, unknown>> = {}): Promise<{ readonly one: DeskClient; readonly tab: Tab }> {
    const one = await desk('plugins' in options ? options : { plugins: ['event-compositor', 'event-notifier', 'admin'], sip_event_notifier_default_decision: 'allow', ...options });
    const tab = await browser.open(one.url);
    later(() => tab.close());
    await tab.until("document.querySelector('#connection.live') !== null && document.getElementById('service-line').textContent !== ''");
    return { one, tab };
  }

  /** Asks for the removal of what the first row has, and gives a token. */
  async function give(tab: Tab, token: string): Promise<void> {
    await tab.until("document.activeElement === document.getElementById('ask-token')");
    await tab.type(token);
    await tab.press('Enter');
  }

  it('a publication appears within 1 s, counts down, and goes when it expires', async () => {
    const { one, tab } = await opened({ sip_event_compositor_min_expires: 1 });
    const empty = "document.getElementById('list-empty').textContent";
    await tab.until(`${empty} !== ''`);
    expect(await tab.value(empty)).to.match(/^Nothing is published\..*nksip-ts publish sip:lamp@127\.0\.0\.1:\d+ /);
    await publish(one, 'lamp', { expires: 3 });
    expect(await tab.until(`${row('lamp')} !== undefined`)).to.be.below(1_000);
    const before = await tab.value(seconds('lamp'));
    await tab.until(`${row('lamp')} !== undefined && ${seconds('lamp')} < ${String(before)}`);
    await tab.until(`${row('lamp')} === undefined`);
    await tab.until("!document.getElementById('list-empty').hidden");
    expect(tab.faults).to.deep.equal([]);
  });

  it('a publication is removed by a click with the token, and not without; the token is asked for once', async () => {
    const { one, tab } = await opened();
    const stored = async (): Promise<number> => (await one.get<{ readonly items: readonly unknown[] }>('/api/publications')).items.length;
    await publish(one, 'lamp');
    await publish(one, 'door');
    await tab.until(`${row('lamp')} !== undefined && ${row('door')} !== undefined`);
    await tab.click('#rows .remove');
    await give(tab, 'a-token-of-somebody-else');
    await tab.until("document.getElementById('ask-error').textContent !== ''");
    await tab.press('Escape');
    await tab.until("document.querySelector('dialog[open]') === null");
    expect(await stored()).to.equal(2);
    await tab.click('#rows .remove');
    await give(tab, TOKEN);
    await tab.until("document.querySelectorAll('#rows tr').length === 1");
    expect(await stored()).to.equal(1);
    await tab.click('#rows .remove');
    await tab.until("document.activeElement === document.getElementById('ask-do')");
    expect(await tab.value("document.getElementById('ask-token-part').hidden")).to.equal(true);
    await tab.press('Enter');
    await tab.until("document.querySelectorAll('#rows tr').length === 0");
    expect(await stored()).to.equal(0);
  });

  it('CWE-79 CWE-451 what strangers wrote is shown as text, its control characters as escapes', async () => {
    const { one, tab } = await opened();
    const markup = '<img src=x onerror=document.title="taken"><script>document.title="taken"</script>';
    await publish(one, '%3Cimg%20src=x%3E', { body: `${markup}\u202e\u0007` });
    const { code } = await one.peer.ask(requestText({ method: 'PUBLISH', port: one.peer.port, uri: 'sip:lamp@example.com', headers: ['Event: nkpublish', 'SIP-If-Match: none', `User-Agent: ${markup}`] }));
    expect(code).to.equal(412);
    await tab.until("document.querySelector('#rows a') !== null && document.querySelector('#refusals li') !== null");
    expect(await tab.value("document.getElementById('refusals').textContent")).to.include(markup);
    await tab.click('#rows a');
    await tab.until("document.querySelector('#address-body pre') !== null");
    expect(await tab.value("document.querySelector('#address-body pre').textContent")).to.equal(`${markup}\\u202e\\x07`);
    expect(await tab.value("document.querySelectorAll('img, script').length")).to.equal(3);
    expect(await tab.value('document.title')).to.not.equal('taken');
    expect(tab.faults).to.deep.equal([]);
  });

  it('an address opens to what is published, who watches and what they are sent, and changes as they do', async () => {
    const { one, tab } = await opened();
    await publish(one, 'lamp', { body: 'first' });
    await tab.until(`${row('lamp')} !== undefined`);
    await tab.click('#rows a');
    const text = "document.getElementById('address-body').textContent";
    await tab.until(`${text}.includes('first')`);
    const watcher = await overUdp(one.service);
    const { code } = await watcher.ask(requestText({ method: 'SUBSCRIBE', port: watcher.port, uri: 'sip:lamp@example.com', headers: ['Event: nkpublish', 'Expires: 600', 'Accept: text/plain', `Contact: <sip:w@127.0.0.1:${watcher.port}>`] }));
    expect(code).to.be.within(200, 202);
    await tab.until(`/Watching1.*active/.test(${text})`);
    await publish(one, 'lamp', { body: 'second' });
    await tab.until(`${text}.includes('second') && /Published2/.test(${text})`);
    expect(await tab.value("location.hash")).to.equal('#/address/sip%3Alamp%40example.com');
  });

  it('who waits to watch is shown first, and is let in by a click with the token', async () => {
    const { one, tab } = await opened({ sip_event_notifier_default_decision: 'confirm' });
    const watcher = await overUdp(one.service);
    const { code } = await watcher.ask(requestText({ method: 'SUBSCRIBE', port: watcher.port, uri: 'sip:lamp@example.com', headers: ['Event: nkpublish', 'Expires: 600', 'Accept: text/plain', `Contact: <sip:w@127.0.0.1:${watcher.port}>`] }));
    expect(code).to.be.within(200, 202);
    await tab.until("/waits for you/.test(document.getElementById('watchers').textContent)");
    await tab.click('#watchers button');
    await give(tab, TOKEN);
    await tab.until("!/waits for you/.test(document.getElementById('watchers').textContent) && document.querySelectorAll('#watchers li').length === 1");
    expect(await tab.value('document.activeElement.id')).to.equal('watchers-heading');
    expect((await one.get<{ readonly items: readonly { readonly state: string }[] }>('/api/watchers')).items.map(({ state }) => state)).to.deep.equal(['active']);
  });

  const registering = { plugins: ['event-compositor', 'event-notifier', 'registrar', 'admin'], sip_registrar_min_time: 1 };
  const registered = "document.querySelectorAll('#registered tr')";

  async function register({ peer }: DeskClient, user: string, expires = 600, contact = `<sip:${user}@192.0.2.1>;+sip.instance="<urn:uuid:${user}>"`): Promise<void> {
    const { code } = await peer.ask(registerText({ to: `<sip:${user}@example.com>`, from: `<sip:${user}@example.com>;tag=1`, contact, expires, callId: user, headers: ['Supported: path', 'Path: <sip:edge.example.com;lr>'] }));
    expect(code).to.equal(200);
  }

  it('RFC 3327 an address opens to its contacts, each with its instance, its path and its seconds left, as they change', async () => {
    const { one, tab } = await opened(registering);
    await register(one, 'lamp', 50);
    await tab.value("location.hash = '#/address/sip%3Alamp%40example.com'");
    const text = "document.getElementById('address-body').textContent";
    await tab.until(`/Registered1.*sip:lamp@192\\.0\\.2\\.1.*<urn:uuid:lamp>.*path <sip:edge\\.example\\.com;lr>/.test(${text})`);
    const left = "Number(/^(\\d+) s$/.exec(document.querySelector('#address-body .left-text').textContent)[1])";
    const before = await tab.value(left);
    expect(before).to.be.within(1, 50);
    await tab.until(`${left} < ${String(before)}`);
    await register(one, 'lamp', 600, '<sip:lamp@192.0.2.2>');
    await tab.until(`/Registered2/.test(${text})`);
    expect(tab.faults).to.deep.equal([]);
  });

  it('what is registered is listed a page at a time, as the server has it, and found by how the address begins', async () => {
    const { one, tab } = await opened(registering);
    for (let i = 0; i < 60; i++) await register(one, `phone${i}`);
    await tab.click('#show-registrations');
    await tab.until(`${registered}.length === 50 && document.getElementById('registered-text').textContent === '50 contacts · 60 addresses in all'`);
    expect(await tab.value("document.getElementById('publications').hidden")).to.equal(true);
    const first = await tab.value(`${registered}[0].textContent`);
    await tab.click('#registered-older');
    await tab.until(`${registered}.length === 10`);
    await tab.click('#registered-newer');
    await tab.until(`${registered}.length === 50 && ${registered}[0].textContent.startsWith(${JSON.stringify(String(first).slice(0, 30))})`);
    await tab.press('/');
    await tab.type('sip:phone5');
    await tab.until(`${registered}.length === 11`);
    await tab.type('7');
    await tab.until(`${registered}.length === 1`);
    expect(await tab.value(`${registered}[0].textContent`)).to.match(/^sip:phone57@example\.comsip:phone57@192\.0\.2\.1<urn:uuid:phone57> · path <sip:edge\.example\.com;lr>9 min/);
    await tab.press('Enter');
    await tab.until("document.activeElement?.closest('#registered') !== null");
    await tab.press('Enter');
    await tab.until("location.hash === '#/address/sip%3Aphone57%40example.com' && document.getElementById('address-body').textContent.includes('Registered1')");
    expect(await tab.value(`${registered}[0].getAttribute('aria-current')`)).to.equal('true');
    await tab.press('Escape');
    await tab.until("document.activeElement?.closest('#registered') !== null");
    await tab.click('#show-publications');
    await tab.until("document.getElementById('registrations').hidden && !document.getElementById('publications').hidden");
    expect(tab.requests.filter((url) => url.includes('/api/registrations')).every((url) => url.includes('limit='))).to.equal(true);
    expect(tab.faults).to.deep.equal([]);
  });

  it('a contact appears in the list when it registers, counts down, and goes when it is removed or expires', async () => {
    const { one, tab } = await opened(registering);
    await tab.click('#show-registrations');
    await tab.until("document.getElementById('registered-empty').textContent.startsWith('Nobody is registered.')");
    await register(one, 'lamp', 3);
    await tab.until(`${registered}.length === 1 && /[123] s$/.test(${registered}[0].textContent)`);
    await tab.until(`${registered}.length === 0 && !document.getElementById('registered-empty').hidden`);
    await register(one, 'door', 600, '<sip:%3Cimg%20src=x%3E@192.0.2.1>');
    await tab.until(`${registered}.length === 1`);
    await register(one, 'door', 0, '<sip:%3Cimg%20src=x%3E@192.0.2.1>');
    await tab.until(`${registered}.length === 0`);
    expect(tab.faults).to.deep.equal([]);
  });

  it('WCAG 1.4.3 1.4.10 the list of registrations can be read in dark and light, and fits into narrow screens', async () => {
    const { one, tab } = await opened(registering);
    await register(one, `lamp-${'x'.repeat(200)}`);
    await tab.click('#show-registrations');
    await tab.until(`${registered}.length === 1 && !${registered}[0].getAnimations().length`);
    for (const scheme of ['light', 'dark'] as const) {
      await tab.prefer(scheme);
      expect(await tab.value(faint), scheme).to.deep.equal([]);
    }
    for (const width of [320, 390, 768, 1024, 2560]) {
      await tab.size(width, 800);
      expect(await tab.value('document.documentElement.scrollWidth'), `${width}`).to.be.at.most(width);
    }
  });

  it('goes by the keyboard: / searches, j and k walk, Enter opens, Esc closes and is where it was', async () => {
    const { one, tab } = await opened();
    for (const user of ['lamp', 'lantern', 'door']) await publish(one, user);
    await tab.until("document.querySelectorAll('#rows tr').length === 3");
    await tab.press('/');
    await tab.type('sip:la');
    await tab.until("document.querySelectorAll('#rows tr').length === 2");
    await tab.press('Enter');
    await tab.until("document.activeElement?.closest('#rows') !== null");
    await tab.press('j');
    const second = await tab.value("[...document.querySelectorAll('#rows a')].indexOf(document.activeElement)");
    await tab.press('k');
    expect([second, await tab.value("[...document.querySelectorAll('#rows a')].indexOf(document.activeElement)")]).to.deep.equal([1, 0]);
    expect(await tab.value("getComputedStyle(document.activeElement).outlineStyle")).to.equal('solid');
    await tab.press('Enter');
    await tab.until("!document.getElementById('address').hidden");
    await tab.press('Escape');
    await tab.until("document.getElementById('address').hidden && document.activeElement?.closest('#rows') !== null");
    await tab.press('/');
    await tab.press('Escape');
    await tab.until("document.querySelectorAll('#rows tr').length === 3");
  });

  it('WCAG 1.4.3 is dark or light as the system or the switch has it, and can be read in both', async () => {
    const { one, tab } = await opened();
    await publish(one, 'lamp');
    await one.peer.ask(requestText({ method: 'PUBLISH', port: one.peer.port, uri: 'sip:lamp@example.com', headers: ['Event: unheard-of'] }));
    await tab.until(`${row('lamp')} !== undefined && !${row('lamp')}.getAnimations().length && document.querySelector('#refusals li') !== null`);
    await tab.click('#rows a');
    await tab.until("document.querySelector('#address-body pre') !== null && !document.getElementById('address').getAnimations().length");
    const grounds = new Set<unknown>();
    for (const scheme of ['light', 'dark'] as const) {
      await tab.prefer(scheme);
      grounds.add(await tab.value('getComputedStyle(document.body).backgroundColor'));
      expect(await tab.value(faint), scheme).to.deep.equal([]);
    }
    expect(grounds.size).to.equal(2);
    await tab.click('#address-close');
    await tab.until("document.getElementById('address').hidden");
    await tab.click('#theme-button');
    expect(await tab.value('[document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor]')).to.deep.equal(['light', [...grounds][0]]);
  });

  it('WCAG 1.4.10 fits into narrow screens: nothing stands out at the side', async () => {
    const { one, tab } = await opened();
    await publish(one, `lamp-${'x'.repeat(200)}`);
    await tab.until("document.querySelector('#rows a') !== null");
    for (const width of [320, 390, 768, 1024, 2560]) {
      await tab.size(width, 800);
      expect(await tab.value('document.documentElement.scrollWidth'), `${width}`).to.be.at.most(width);
    }
    await tab.size(320, 800);
    await tab.click('#rows a');
    await tab.until("document.querySelector('#address-body pre') !== null");
    expect(await tab.value("document.getElementById('address').scrollWidth")).to.be.at.most(320);
  });

  it('shows what there is where plugins are left out', async () => {
    const { one, tab } = await opened({ plugins: ['event-compositor', 'admin'] });
    await publish(one, 'lamp');
    await tab.until(`${row('lamp')} !== undefined && document.getElementById('watchers-card').hidden`);
    await tab.click('#rows a');
    await tab.until("/Published1/.test(document.getElementById('address-body').textContent)");
    expect(await tab.value("document.getElementById('show-registrations').checkVisibility()")).to.equal(false);
    expect(tab.faults).to.deep.equal([]);
  });

  it('asks nobody but its server', async () => {
    const { one, tab } = await opened();
    await publish(one, 'lamp');
    await tab.until(`${row('lamp')} !== undefined`);
    expect(tab.requests.length).to.be.above(20);
    expect(tab.requests.filter((url) => !url.startsWith(one.url))).to.deep.equal([]);
    expect(tab.faults).to.deep.equal([]);
  });

  it('has few elements however much is stored and however fast it comes', async () => {
    const { one, tab } = await opened();
    const put = (i: number): Promise<unknown> => one.service.inject(publishText({ uri: `sip:lamp-${i}@example.com`, event: 'nkpublish', body: 'on', expires: 600, headers: ['Content-Type: text/plain'] }));
    for (let i = 0; i < 50_000; i += 500) await Promise.all(Array.from({ length: 500 }, (_, more) => put(i + more)));
    await tab.until("/of 50,000$/.test(document.getElementById('page-text').textContent)");
    expect(await tab.value("document.querySelectorAll('#rows tr').length")).to.equal(50);
    const first = await tab.value("document.querySelector('#rows a').textContent");
    await tab.until("!document.getElementById('older').disabled || (document.getElementById('newer').click(), false)");
    await tab.click('#older');
    await tab.until(`document.querySelector('#rows a').textContent !== ${JSON.stringify(first)} && !document.getElementById('newer').disabled`);
    await tab.press('/');
    await tab.type('sip:lamp-49999@example.com');
    await tab.until("document.querySelectorAll('#rows tr').length === 1");
    expect(await tab.value("document.querySelectorAll('*').length")).to.be.below(2_000);
  });

  it('beyond this machine asks for the token before it shows anything', async () => {
    const one = await desk({ plugins: ['event-compositor', 'event-notifier', 'admin'] });
    await publish(one, 'lamp');
    const tab = await browser.open(one.url, { 'X-Forwarded-For': '192.0.2.1' });
    later(() => tab.close());
    await give(tab, 'a-token-of-somebody-else');
    await tab.until("document.getElementById('ask-error').textContent !== ''");
    expect(await tab.value("document.querySelectorAll('#rows tr').length")).to.equal(0);
    await give(tab, TOKEN);
    await tab.until(`${row('lamp')} !== undefined && document.querySelector('#connection.live') !== null && document.querySelector('dialog[open]') === null`);
    expect(tab.faults).to.deep.equal([]);
  });

  it('connects again when the server comes back, and shows what is there then', async () => {
    const { one, tab } = await opened();
    const { hostname, port } = new URL(one.url);
    await publish(one, 'lamp');
    await tab.until(`${row('lamp')} !== undefined`);
    await one.service.stop();
    await tab.until("document.querySelector('#connection.waiting') !== null");
    const again = await desk({ plugins: ['event-compositor', 'event-notifier', 'admin'], sip_admin_listen: `${hostname}:${port}` });
    await publish(again, 'door');
    await tab.until(`${row('door')} !== undefined && ${row('lamp')} === undefined && document.querySelector('#connection.live') !== null`, 20_000);
    expect(tab.faults).to.deep.equal([]);
  });
});
