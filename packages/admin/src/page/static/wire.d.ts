// What the API answers (/api/openapi.json has all of it), as far as the page reads it.

export interface Publication {
  uri: string;
  event: string;
  tag: string;
  type?: string;
  size?: number;
  /** Seconds. */
  expires_in: number;
  since?: string;
  source?: string;
  body?: string;
  encoding?: 'text' | 'base64';
}

export interface PublicationEvent extends Publication {
  /** `cleared`: nothing else is told of it, all that was stored is gone. */
  kind: 'published' | 'refreshed' | 'modified' | 'removed' | 'expired' | 'cleared';
  /** The entity-tag that this one takes the place of. */
  old_tag?: string;
}

export interface Watcher {
  id: string;
  uri: string;
  event: string;
  state: 'active' | 'pending';
  watcher: string;
  contact?: string;
  source?: string;
  transport?: string;
  /** Seconds. */
  expires_in: number;
  since?: string;
  notifies?: number;
}

export interface Registration {
  uri: string;
  contact: string;
  /** Seconds. */
  expires_in: number;
  q?: number;
  instance?: string;
  reg_id?: number;
  /** The proxies on the way to it, the nearest to the server first. */
  path?: string[];
  source?: string;
}

export interface RegistrationEvent {
  /** `cleared`: nothing is registered any more, of whatever address. */
  kind: 'changed' | 'cleared';
  uri?: string;
}

export interface State {
  event: string;
  type: string;
  body: string;
  encoding: 'text' | 'base64';
  size: number;
}

export interface Address {
  uri: string;
  publications: Publication[];
  watchers: Watcher[];
  registrations: Registration[];
  states: State[];
}

export interface Refusal {
  time: string;
  method: string;
  uri?: string;
  event?: string;
  code: number;
  reason?: string;
  source?: string;
  user_agent?: string;
}

export interface Usage {
  memory?: { used: number; limit?: number | null };
  /** Null: it cannot be told without looking at everything. */
  counts?: { publications?: number | null; watchers?: number; registrations?: number | null; connections?: number };
  /** By the name of the option. */
  caps?: Record<string, number>;
  event_loop?: { p50_ms?: number; p99_ms?: number; max_ms?: number };
  rates?: {
    requests?: Record<string, number>;
    responses?: Record<string, number>;
    notifies?: { sent?: number; failed?: number; suppressed?: number };
  };
  latency_ms?: { p50?: number | null; p99?: number | null };
}

export interface Service {
  name: string;
  version: string;
  /** Seconds. */
  uptime: number;
  listening: string[];
  plugins: string[];
  draining?: boolean;
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

