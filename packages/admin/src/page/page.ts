import type { FastifyInstance } from 'fastify';
import { pageFiles, pageHeaders } from './page-files.js';

/** Serves the page, which is at `/`, and its files. */
export function addPage(app: FastifyInstance): void {
  for (const [path, { type, bytes }] of pageFiles()) {
    app.get(path, { config: { needs: 'page' } }, async (_, reply) => { await reply.headers(pageHeaders).type(type).send(bytes); });
  }
}
