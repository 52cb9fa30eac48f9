import type { z } from 'zod';
import type { Desk } from '../contract/desk.js';
import { DeskError } from '../contract/desk-error.js';
import type { Need } from './guard.js';

/** What a request says, as its schemas have read it. */
export interface Asked {
  readonly params: Readonly<Record<string, string>>;
  readonly query: unknown;
  readonly body: unknown;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As fastify writes it: /api/watchers/:id. */
  readonly path: string;
  readonly needs: Need;
  readonly summary: string;
  readonly status: number;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodObject;
  /** Undefined: the answer has no body. */
  readonly answer?: z.ZodType;
  /** Of the answer, where it is no JSON. */
  readonly type?: string;
  run(desk: Desk, asked: Asked): Promise<unknown>;
}

/** A route that reads: `run` is given the query as its schema has read it. */
export function reads<Q extends z.ZodObject>(path: string, summary: string, query: Q, answer: z.ZodType, run: (desk: Desk, query: z.output<Q>, params: Asked['params']) => Promise<unknown>): Route {
  return { method: 'GET', path, needs: 'read', summary, status: 200, query, answer, run: (desk, asked) => run(desk, read(query, asked.query), asked.params) };
}

/** A route that changes something. */
export function changes(method: 'POST' | 'PUT' | 'DELETE', path: string, summary: string, status: number, run: Route['run']): Route {
  return { method, path, needs: 'change', summary, status, run };
}

/** Reads what somebody sent. Throws DeskError that says what is wrong with which field. */
export function read<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const { success, data, error } = schema.safeParse(value ?? {});
  if (success) return data;
  const [issue] = error.issues;
  throw new DeskError('bad_request', `${[...issue?.path ?? []].join('.') || 'The request'}: ${issue?.message ?? 'not understood'}`);
}
