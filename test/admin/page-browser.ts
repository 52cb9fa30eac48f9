import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic',
  '--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-port=0',
];

type Json = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** A browser without a window, spoken to by the Chrome DevTools Protocol. */
export class PageBrowser {
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #tabs = new Map<string, Tab>();
  #last = 0;

  private constructor(private readonly process: ChildProcess, private readonly profile: string, private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString('utf8')) as Message));
  }

  static async start(): Promise<PageBrowser> {
    const profile = temporaryFolder('chromium');
    const child = spawn('chromium', [...flags, `--user-data-dir=${profile}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const socket = new WebSocket(await addressFrom(child));
    await once(socket, 'open');
    return new PageBrowser(child, profile, socket);
  }

  /** A tab of its own, without the storage of the others; `headers` go with all that it asks for. */
  async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Tab> {
    const { browserContextId } = await this.send('Target.createBrowserContext', {});
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank', browserContextId });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId), String(targetId));
    this.#tabs.set(String(sessionId), tab);
    await tab.begin(url, headers);
    return tab;
  }

  async send(method: string, params: Json, sessionId?: string): Promise<Json> {
    const id = ++this.#last;
    this.socket.send(JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) }));
    const { result, error } = await new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  async close(): Promise<void> {
    this.socket.close();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, 'exit');
      const forced = setTimeout(() => this.process.kill('SIGKILL'), 5_000);
      this.process.kill('SIGTERM');
      await exited;
      clearTimeout(forced);
    }
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  #receive(message: Message): void {
    if (message.id === undefined) return this.#tabs.get(message.sessionId ?? '')?.told(message.method ?? '', message.params ?? {});
    this.#waiting.get(message.id)?.(message);
    this.#waiting.delete(message.id);
  }
}

/** Where it listens, from what it tells on standard error. */
async function addressFrom(child: ChildProcess): Promise<string> {
  if (child.stderr === null) throw new Error('no standard error');
  for await (const line of createInterface({ input: child.stderr })) {
    const [, url] = /^DevTools listening on (ws:\S+)/.exec(line) ?? [];
    if (url === undefined) continue;
    child.stderr.resume();
    return url;
  }
  throw new Error('the browser ended');
}

export class Tab {
  /** What the page did wrong: exceptions, and what its policy refused. */
  readonly faults: string[] = [];
  /** All that it asked for. */
  readonly requests: string[] = [];

  constructor(private readonly browser: PageBrowser, private readonly session: string, private readonly target: string) {}

  async begin(url: string, headers: Readonly<Record<string, string>>): Promise<void> {
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await this.#send(`${domain}.enable`);
    await this.#send('Network.setExtraHTTPHeaders', { headers });
    await this.size(1360, 1000);
    await this.#send('Page.navigate', { url });
    await this.until('document.readyState === "complete"');
  }

  async size(width: number, height: number): Promise<void> {
    await this.#send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }

  async prefer(scheme: 'dark' | 'light'): Promise<void> {
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
  }

  /** The value of an expression, awaited. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value?: unknown }).value;
  }

  /** Resolves, to the milliseconds it took, when the expression holds. Looked at each time that something is drawn, and at least every 50 ms. */
  async until(expression: string, most = 10_000): Promise<number> {
    const took = await this.value(`new Promise((resolve) => {
      const begun = performance.now();
      const look = () => {
        const took = performance.now() - begun;
        if (${expression}) resolve(took);
        else if (took > ${most}) resolve(-1);
        else setTimeout(look, 20);
      };
      look();
    })`);
    if (typeof took !== 'number' || took < 0) throw new Error(`never: ${expression}\n${String(await this.value('document.body.innerText'))}\n${this.faults.join('\n')}`);
    return took;
  }

  async click(selector: string): Promise<void> {
    await this.until(`document.querySelector(${JSON.stringify(selector)}) !== null`);
    const at = await this.value(`(() => { const e = document.querySelector(${JSON.stringify(selector)}); e.scrollIntoView({ block: 'nearest' }); const r = e.getBoundingClientRect(); return { x: r.x + r.width / 2, y: r.y + r.height / 2 }; })()`) as { readonly x: number; readonly y: number };
    await this.#send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...at });
    for (const type of ['mousePressed', 'mouseReleased']) await this.#send('Input.dispatchMouseEvent', { type, ...at, button: 'left', clickCount: 1 });
  }

  async press(key: string): Promise<void> {
    const text = key.length === 1 ? key : key === 'Enter' ? '\r' : undefined;
    const code = { Enter: 13, Escape: 27, Tab: 9 }[key];
    await this.#send('Input.dispatchKeyEvent', { type: 'keyDown', key, ...(text !== undefined && { text }), ...(code !== undefined && { windowsVirtualKeyCode: code }) });
    await this.#send('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }

  async type(text: string): Promise<void> {
    await this.#send('Input.insertText', { text });
  }

  /** A picture, as the bytes of a PNG. */
  async picture(): Promise<Buffer> {
    const { data } = await this.#send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  async close(): Promise<void> {
    await this.browser.send('Target.closeTarget', { targetId: this.target });
  }

  told(method: string, params: Json): void {
    if (method === 'Network.requestWillBeSent') this.requests.push((params['request'] as { readonly url: string }).url);
    if (method === 'Runtime.exceptionThrown') this.faults.push(JSON.stringify(params['exceptionDetails']));
    const entry = params['entry'] as { readonly level?: string; readonly text?: string; readonly source?: string } | undefined;
    if (method === 'Log.entryAdded' && entry?.level === 'error' && entry.source !== 'network') this.faults.push(entry.text ?? '');
  }

  async #send(method: string, params: Json = {}): Promise<Json> {
    return await this.browser.send(method, params, this.session);
  }
}
