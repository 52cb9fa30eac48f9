import { z } from 'zod';
import { errorAnswer } from '../contract/objects.js';
import type { Route } from './route.js';

type Json = Readonly<Record<string, unknown>>;

/** The description of the API (OpenAPI 3.1), made from the schemas that read what is asked. */
export function openApi(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'nksip-ts admin', version, description: 'What goes on in a SIP service, and what can be changed in it. Reading needs the token beyond loopback; changing needs it always.' },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths,
  };
}

function operation({ path, needs, summary, status, query, body, answer, type = 'application/json' }: Route): Json {
  return {
    summary,
    ...(needs === 'change' && { security: [{ token: [] }] }),
    parameters: [...[...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } })), ...queryParameters(query)],
    ...(body !== undefined && { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body) } } } }),
    responses: {
      [status]: { description: 'Done', ...(answer !== undefined && { content: { [type]: { schema: schemaOf(answer) } } }) },
      default: { description: 'Refused, and why', content: { 'application/json': { schema: schemaOf(errorAnswer) } } },
    },
  };
}

function queryParameters(query: z.ZodObject | undefined): readonly Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({ name, in: 'query', required: false, schema: schemaOf(schema as z.ZodType) }));
}

function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', reused: 'inline', unrepresentable: 'any' }) as Record<string, unknown>;
  return inlined(rest, rest['$defs'] as Record<string, unknown> | undefined) as Json;
}

/** Objects with a name are written out where they stand: a reference would point into the schema, not into the document. */
function inlined(value: unknown, definitions: Record<string, unknown> | undefined): unknown {
  if (Array.isArray(value)) return value.map((one) => inlined(one, definitions));
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value && typeof value.$ref === 'string') return inlined(definitions?.[value.$ref.replace('#/$defs/', '')], definitions);
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== '$defs' && key !== 'id').map(([key, one]) => [key, inlined(one, definitions)]));
}
