import { z } from 'zod';
import * as objects from '../contract/objects.js';
import { changes, reads, type Route } from './route.js';

const nothing = z.strictObject({});
const ok = z.strictObject({ status: z.string() });

/** All that the HTTP API has. */
export const routes: readonly Route[] = [
  reads('/api/service', 'The service, its plugins and its options', nothing, objects.serviceInfo, (desk) => desk.service()),
  reads('/api/usage', 'Memory, counts, rates and latencies', nothing, objects.usage, (desk) => desk.usage()),
  reads('/api/addresses', 'Every address that has something, a page at a time', objects.addressQuery, objects.pageOf(objects.addressRow), (desk, query) => desk.addresses(query)),
  reads('/api/addresses/:uri', 'All about one address', nothing, objects.address, (desk, _, { uri = '' }) => desk.address(uri)),
  reads('/api/publications', 'What is published, a page at a time', objects.publicationQuery, objects.pageOf(objects.publication), (desk, query) => desk.publications(query)),
  reads('/api/watchers', 'Who watches, a page at a time', objects.watcherQuery, objects.pageOf(objects.watcher), (desk, query) => desk.watchers(query)),
  reads('/api/registrations', 'Who is registered where, a page at a time', objects.registrationQuery, objects.pageOf(objects.registration), (desk, query) => desk.registrations(query)),
  reads('/api/refusals', 'The last requests that were refused, and why', nothing, objects.refusals, (desk) => desk.refusals()),
  changes('DELETE', '/api/publications/:uri/:event/:tag', 'Removes a publication', 204, (desk, { params: { uri = '', event = '', tag = '' } }) => desk.removePublication(uri, event, tag)),
  changes('DELETE', '/api/addresses/:uri', 'Removes all publications of an address', 204, (desk, { params: { uri = '' } }) => desk.removeAddress(uri)),
  changes('DELETE', '/api/watchers/:id', 'Ends a subscription: the watcher may subscribe anew', 204, (desk, { params: { id = '' } }) => desk.endWatcher(id)),
  {
    ...changes('POST', '/api/watchers/:id/decision', 'Decides about a watcher', 204, (desk, { params: { id = '' }, body }) => desk.decide(id, (body as z.output<typeof objects.decisionBody>).decision)),
    body: objects.decisionBody,
  },
  { ...changes('POST', '/api/drain', 'Ends the service gently', 202, (desk) => desk.drain()), answer: ok },
  { ...changes('POST', '/api/reload', 'Reads the configuration again', 200, (desk) => desk.reload()), answer: objects.reloaded },
  { ...changes('PUT', '/api/log-level', 'Changes what is logged', 204, (desk, { body }) => desk.setLogLevel((body as z.output<typeof objects.logLevelBody>).level)), body: objects.logLevelBody },
];

/** What is not JSON, for the description. */
export const otherRoutes: readonly Route[] = [
  { ...reads('/health', 'Whether the process lives', nothing, ok, async () => undefined), needs: 'probe' },
  { ...reads('/ready', 'Whether the service takes requests: 200 or 503', nothing, ok, async () => undefined), needs: 'probe' },
  { ...reads('/metrics', 'For Prometheus', nothing, z.string(), async () => undefined), type: 'text/plain' },
  { ...reads('/api/events', 'What happens, as server-sent events: sample (each second), publication, watcher, registration, refusal, dropped', nothing, z.string(), async () => undefined), type: 'text/event-stream' },
];
