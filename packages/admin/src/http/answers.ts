import type { FastifyReply } from 'fastify';
import type { DeskError } from '../contract/desk-error.js';
import { safeJson } from '../contract/safe-json.js';

/** For every answer: it is of this moment, is what it says it is, and belongs into no other page. */
export const safeHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

export async function answerJson(reply: FastifyReply, status: number, value: unknown): Promise<void> {
  await reply.code(status).type('application/json; charset=utf-8').send(safeJson(value));
}

export async function answerError(reply: FastifyReply, { code, status, message, headers }: DeskError): Promise<void> {
  await answerJson(reply.headers(headers), status, { error: { code, message } });
}
