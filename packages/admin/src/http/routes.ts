import { z } from 'zod';
import * as objects from '../contract/objects.js';
import { read, reads, type Route } from './route.js';

const nothing = z.strictObject({});

/** All that the HTTP API has, but for what is no JSON. */
export const routes: readonly Route[] = [
  reads('/api/service', 'The service, its plugins and its options', nothing, objects.serviceInfo, (desk) => desk.service()),
  reads('/api/usage', 'Memory, counts, rates and latencies', nothing, objects.usage, (desk) => desk.usage()),
  reads('/api/publications', 'What is published, a page at a time', objects.publicationQuery, objects.pageOf(objects.publication), (desk, query) => desk.publications(query)),
];

export { read };
