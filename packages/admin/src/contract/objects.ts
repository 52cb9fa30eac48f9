import { z } from 'zod';

// What the HTTP API answers and takes. Made once: the checks of requests, the served schema and the types all come from here.

const count = z.int().min(0);
/** Null: it cannot be told without looking at everything. */
const known = count.nullable();
const rate = z.number().min(0);

export const publication = z.strictObject({
  uri: z.string(),
  event: z.string(),
  tag: z.string(),
  type: z.string().optional(),
  size: count.describe('bytes of the body'),
  expires_in: count.describe('seconds'),
  since: z.string().optional().describe('when the body was published, ISO 8601'),
  source: z.string().optional().describe('who published it'),
  body: z.string().optional(),
  encoding: z.enum(['text', 'base64']).optional(),
}).meta({ id: 'Publication' });

export const watcher = z.strictObject({
  id: z.string(),
  uri: z.string(),
  event: z.string(),
  state: z.enum(['active', 'pending']),
  watcher: z.string().describe('who watches, from the header From'),
  user: z.string().optional().describe('who signed in'),
  contact: z.string(),
  source: z.string().describe('address and port that it subscribed from'),
  transport: z.string(),
  expires_in: count.describe('seconds'),
  since: z.string().describe('ISO 8601'),
  notifies: count.describe('NOTIFY requests that were answered 2xx'),
}).meta({ id: 'Watcher' });

export const registration = z.strictObject({
  uri: z.string(),
  contact: z.string(),
  expires_in: count.describe('seconds'),
  q: z.number().optional(),
  call_id: z.string(),
  cseq: count,
  instance: z.string().optional(),
  reg_id: z.int().optional(),
  path: z.array(z.string()).optional(),
  source: z.string().optional(),
}).meta({ id: 'Registration' });

export const addressRow = z.strictObject({ uri: z.string(), publications: count, watchers: count, registrations: known }).meta({ id: 'AddressRow' });

export const state = z.strictObject({
  event: z.string(),
  type: z.string().optional(),
  body: z.string(),
  encoding: z.enum(['text', 'base64']),
  size: count.describe('bytes'),
}).meta({ id: 'State' });

export const address = z.strictObject({
  uri: z.string(),
  publications: z.array(publication),
  watchers: z.array(watcher),
  registrations: z.array(registration),
  states: z.array(state).describe('what a watcher sees'),
}).meta({ id: 'Address' });

export const refusal = z.strictObject({
  time: z.string().describe('ISO 8601'),
  method: z.string(),
  uri: z.string(),
  event: z.string().optional(),
  code: z.int(),
  reason: z.string(),
  source: z.string(),
  user_agent: z.string().optional(),
}).meta({ id: 'Refusal' });

export const refusals = z.strictObject({ items: z.array(refusal).describe('the newest first'), dropped: count.describe('refused, and not among the items') }).meta({ id: 'Refusals' });

export const serviceInfo = z.strictObject({
  name: z.string(),
  version: z.string(),
  pid: z.int(),
  uptime: count.describe('seconds'),
  workers: z.array(z.strictObject({ id: z.int(), pid: z.int() })),
  plugins: z.array(z.string()),
  listening: z.array(z.string()),
  log_level: z.string(),
  draining: z.boolean(),
  options: z.record(z.string(), z.unknown()).describe('by name; secrets are ********'),
}).meta({ id: 'Service' });

export const usage = z.strictObject({
  memory: z.strictObject({ used: count, limit: count, parts: z.record(z.string(), count) }).describe('bytes'),
  counts: z.strictObject({ publications: known, watchers: count, registrations: known.describe('addresses that have one'), connections: count, transactions: count }),
  caps: z.record(z.string(), z.number()).describe('by the name of the option'),
  event_loop: z.strictObject({ p50_ms: z.number(), p99_ms: z.number(), max_ms: z.number() }),
  rates: z.strictObject({
    requests: z.record(z.string(), rate).describe('by method'),
    responses: z.record(z.string(), rate).describe('by code'),
    notifies: z.strictObject({ sent: rate, failed: rate, suppressed: rate }),
  }).describe('a second, over the last 10 s'),
  latency_ms: z.strictObject({ p50: z.number(), p99: z.number() }).describe('from a request to its final response'),
}).meta({ id: 'Usage' });

export const pageOf = <T extends z.ZodType>(item: T) => z.strictObject({
  items: z.array(item),
  next: z.string().nullable().describe('give it as after; null: there is no more. A page may be empty and have a next: what was looked at did not match'),
});

const paging = {
  after: z.string().min(1).max(100).optional().describe('next of the page before'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
};
const text = z.string().min(1).max(4096);

export const addressQuery = z.strictObject({ prefix: text.optional().describe('how the URI, or the user in it, begins'), ...paging });
export const publicationQuery = z.strictObject({
  uri: text.optional(), event: text.optional(), prefix: text.optional(), body: z.enum(['true', 'false']).default('false'), ...paging,
});
export const watcherQuery = z.strictObject({ uri: text.optional(), event: text.optional(), state: z.enum(['active', 'pending']).optional(), ...paging });
export const registrationQuery = z.strictObject({ uri: text.optional(), prefix: text.optional(), ...paging });

export const decisionBody = z.strictObject({ decision: z.enum(['allow', 'deny']) });
export const logLevelBody = z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']) });
export const reloaded = z.strictObject({ changed: z.array(z.string()), needs_restart: z.array(z.string()) }).meta({ id: 'Reloaded' });
export const errorAnswer = z.strictObject({ error: z.strictObject({ code: z.string(), message: z.string() }) }).meta({ id: 'Error' });

export type PublicationView = z.output<typeof publication>;
export type WatcherView = z.output<typeof watcher>;
export type RegistrationView = z.output<typeof registration>;
export type AddressRow = z.output<typeof addressRow>;
export type AddressView = z.output<typeof address>;
export type StateView = z.output<typeof state>;
export type RefusalView = z.output<typeof refusal>;
export type Refusals = z.output<typeof refusals>;
export type ServiceInfo = z.output<typeof serviceInfo>;
export type Usage = z.output<typeof usage>;
export type Reloaded = z.output<typeof reloaded>;
export type AddressQuery = z.output<typeof addressQuery>;
export type PublicationQuery = z.output<typeof publicationQuery>;
export type WatcherQuery = z.output<typeof watcherQuery>;
export type RegistrationQuery = z.output<typeof registrationQuery>;

export interface Page<T> {
  readonly items: T[];
  readonly next: string | null;
}
