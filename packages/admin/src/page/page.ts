import type { FastifyInstance } from 'fastify';

/** Serves the page, which is at `/`, and its files. */
export function addPage(app: FastifyInstance): void {
  app.get('/', { config: { needs: 'page' } }, async (_, reply) => { await reply.type('text/plain; charset=utf-8').send('The page is not there yet. The API is described at /api/openapi.json.\n'); });
}
