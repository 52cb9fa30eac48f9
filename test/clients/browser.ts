import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { temporaryFolder } from '../kit/temporary-folder.ts';

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--no-first-run', '--disable-quic', '--disable-dev-shm-usage',
];

/** Serves one page with one script, which tells by a POST to /outcome what became of it. */
export class PageServer {
  readonly origin: string;
  readonly #outcome: Promise<string>;
  #told: (outcome: string) => void = () => undefined;

  private constructor(private readonly server: Server) {
    this.#outcome = new Promise((resolve) => (this.#told = resolve));
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<PageServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PageServer(server);
  }

  serve(script: string): void {
    this.server.on('request', (request, response) => void this.#answer(script, request, response));
  }

  /** What the page told. */
  outcome(): Promise<string> {
    return this.#outcome;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async #answer(script: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'POST') this.#told(await text(request));
    const isScript = request.url === '/script.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><meta charset="utf-8"><script src="/script.js"></script>');
  }
}

/** A browser without a window, with a profile of its own. */
export class Browser {
  private constructor(private readonly process: ChildProcess, private readonly profile: string) {}

  static async open(url: string): Promise<Browser> {
    const profile = temporaryFolder('chromium');
    return new Browser(spawn('chromium', [...flags, `--user-data-dir=${profile}`, url], { stdio: 'ignore' }), profile);
  }

  /** Rejects when the browser ends by itself. */
  async ended(): Promise<never> {
    const [code] = (await once(this.process, 'exit')) as [number | null];
    throw new Error(`the browser ended with ${code}`);
  }

  async close(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const exited = once(this.process, 'exit');
      const forced = setTimeout(() => this.process.kill('SIGKILL'), 5_000);
      this.process.kill('SIGTERM');
      await exited;
      clearTimeout(forced);
    }
    await rm(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}
