import fastify, { type FastifyInstance } from 'fastify';
import type { Desk } from '../contract/desk.js';
import { DeskError } from '../contract/desk-error.js';
import { addPage } from '../page/page.js';
import { answerError, answerJson, safeHeaders } from './answers.js';
import { Guard, type Access } from './guard.js';
import type { Place } from './place.js';
import type { Route } from './route.js';
import { routes } from './routes.js';

/** Connections at a time: readers of events, and some for everybody else. */
const MOST_CONNECTIONS = 256;
/** Milliseconds in which a request must have come, and bytes that it may have. */
const REQUEST_TIMEOUT = 10_000;
const MOST_BODY = 16_384;
/** A URI in a path may be as long as the longest that SIP takes here, with each byte escaped. */
const LONGEST_PARAMETER = 24_576;

export interface ServerParts {
  readonly desk: Desk;
  readonly access: Access;
  /** Is told what nobody expected. */
  readonly fault: (error: unknown) => void;
}

/** The HTTP server in front of a desk. */
export class DeskServer {
  readonly #app: FastifyInstance;

  private constructor(app: FastifyInstance) {
    this.#app = app;
  }

  /** Rejects with the error of the system where it cannot listen. */
  static async listen(parts: ServerParts, { host, port }: Place): Promise<DeskServer> {
    const server = new DeskServer(makeApp(parts));
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
    await this.#app.close();
  }
}

function makeApp({ desk, access, fault }: ServerParts): FastifyInstance {
  const app = fastify({
    logger: false, bodyLimit: MOST_BODY, requestTimeout: REQUEST_TIMEOUT, forceCloseConnections: true, return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
  });
  app.server.maxConnections = MOST_CONNECTIONS;
  const guard = new Guard(access);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(safeHeaders);
    guard.check(request);
  });
  app.setErrorHandler(async (error, _, reply) => { await answerError(reply, deskErrorOf(error, fault)); });
  app.setNotFoundHandler(async (_, reply) => { await answerError(reply, new DeskError('not_found', 'Nothing is here: see /api/openapi.json.')); });
  addProbes(app, desk);
  for (const route of routes) addRoute(app, desk, route);
  addPage(app);
  return app;
}

function addProbes(app: FastifyInstance, desk: Desk): void {
  const config = { needs: 'probe' } as const;
  app.get('/health', { config }, async (_, reply) => { await answerJson(reply, 200, { status: 'ok' }); });
  app.get('/ready', { config }, async (_, reply) => {
    const status = await desk.readiness();
    await answerJson(reply, status === 'ready' ? 200 : 503, { status });
  });
}

function addRoute(app: FastifyInstance, desk: Desk, { method, path, needs, status, answer, run }: Route): void {
  app.route<{ Params: Record<string, string> }>({
    method, url: path, config: { needs },
    handler: async ({ params, query, body }, reply) => {
      const result = await run(desk, { params, query, body });
      if (answer === undefined) await reply.code(status).send();
      else await answerJson(reply, status, result);
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
