import fastify, { type FastifyInstance } from 'fastify';
import type { Desk } from '../contract/desk.js';
import { DeskError } from '../contract/desk-error.js';
import { addPage } from '../page/page.js';
import { answerError, answerJson, safeHeaders } from './answers.js';
import { Guard, type Access } from './guard.js';
import type { Place } from './place.js';
import { read, type Route } from './route.js';
import { openApi } from './open-api.js';
import { EventReaders } from './event-readers.js';
import { otherRoutes, routes } from './routes.js';

/** Connections at a time: readers of events, and some for everybody else. */
const MOST_CONNECTIONS = 256;
/** Milliseconds in which a request must have come, and that a connection waits for the next one; bytes of a request. */
const REQUEST_TIMEOUT = 10_000;
const KEEP_ALIVE = 5000;
const MOST_BODY = 16_384;
/** Node.js takes no longer head of a request. */
const LONGEST_PARAMETER = 16_384;

export interface ServerParts {
  readonly desk: Desk;
  readonly access: Access;
  readonly version: string;
  /** Is told what nobody expected. */
  readonly fault: (error: unknown) => void;
}

/** The HTTP server in front of a desk. */
export class DeskServer {
  readonly #app: FastifyInstance;

  private constructor(app: FastifyInstance, private readonly readers: EventReaders) {
    this.#app = app;
  }

  /** Rejects with the error of the system where it cannot listen. */
  static async listen(parts: ServerParts, { host, port }: Place): Promise<DeskServer> {
    const readers = new EventReaders(parts.desk, parts.fault);
    const server = new DeskServer(makeApp(parts, readers), readers);
    try {
      await server.#app.listen({ host, port });
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /** Where a browser finds it. */
  get url(): string {
    const place = this.#app.server.address();
    if (place === null || typeof place === 'string') return '';
    return `http://${place.family === 'IPv6' ? `[${place.address}]` : place.address}:${place.port}/`;
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    this.readers.close();
    await this.#app.close();
  }
}

function makeApp({ desk, access, version, fault }: ServerParts, readers: EventReaders): FastifyInstance {
  const app = fastify({
    logger: false, bodyLimit: MOST_BODY, requestTimeout: REQUEST_TIMEOUT, keepAliveTimeout: KEEP_ALIVE, forceCloseConnections: true, return503OnClosing: false,
    http: { connectionsCheckingInterval: REQUEST_TIMEOUT / 2 },
    frameworkErrors: (_, __, reply) => { void answerError(reply.headers(safeHeaders), new DeskError('bad_request', 'This path cannot be read: is everything in it escaped?')); },
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  takeEmptyBodies(app);
  const guard = new Guard(access);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(safeHeaders);
    guard.check(request);
  });
  app.setErrorHandler(async (error, _, reply) => { await answerError(reply, deskErrorOf(error, fault)); });
  app.setNotFoundHandler(async (_, reply) => { await answerError(reply, new DeskError('not_found', 'Nothing is here: see /api/openapi.json.')); });
  addProbes(app, desk);
  addText(app, desk, version);
  addEvents(app, readers);
  for (const route of routes) addRoute(app, desk, route);
  addPage(app);
  return app;
}

/** A request that wants no body may say that it is JSON all the same. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body, done);
  });
}

function addProbes(app: FastifyInstance, desk: Desk): void {
  const config = { needs: 'probe' } as const;
  app.get('/health', { config }, async (_, reply) => { await answerJson(reply, 200, { status: 'ok' }); });
  app.get('/ready', { config }, async (_, reply) => {
    const status = await desk.readiness();
    await answerJson(reply, status === 'ready' ? 200 : 503, { status });
  });
}

function addText(app: FastifyInstance, desk: Desk, version: string): void {
  app.get('/metrics', async (_, reply) => { await reply.type('text/plain; version=0.0.4; charset=utf-8').send(await desk.metrics()); });
  let description: object | undefined;
  app.get('/api/openapi.json', async (_, reply) => { await answerJson(reply, 200, description ??= openApi([...otherRoutes, ...routes], version)); });
}

function addEvents(app: FastifyInstance, readers: EventReaders): void {
  app.get('/api/events', { exposeHeadRoute: false }, async (_, reply) => {
    readers.check();
    reply.hijack();
    const headers = Object.entries(reply.getHeaders()).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    reply.raw.writeHead(200, { ...Object.fromEntries(headers), 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
    readers.add(reply.raw);
  });
}

function addRoute(app: FastifyInstance, desk: Desk, { method, path, needs, status, body: bodySchema, answer, run }: Route): void {
  app.route<{ Params: Record<string, string> }>({
    method, url: path, config: { needs },
    handler: async ({ params, query, body }, reply) => {
      const result = await run(desk, { params, query, body: bodySchema === undefined ? undefined : read(bodySchema, body) });
      if (answer === undefined) await reply.code(status).send();
      else await answerJson(reply, status, result ?? { status: 'ok' });
    },
  });
}

/** fastify's own errors say what was wrong with the request; what else is thrown is told to nobody but the log. */
function deskErrorOf(error: unknown, fault: (error: unknown) => void): DeskError {
  if (error instanceof DeskError) return error;
  const { statusCode, message } = error as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return new DeskError('bad_request', String(message));
  fault(error);
  return new DeskError('internal', 'Something failed: the log of the service tells what.');
}
