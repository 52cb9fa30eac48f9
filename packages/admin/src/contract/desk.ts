import type { Batch } from './feed.js';
import type {
  AddressQuery, AddressRow, AddressView, Page, PublicationQuery, PublicationView, Refusals, RegistrationQuery, RegistrationView, Reloaded, ServiceInfo, Usage, WatcherQuery, WatcherView,
} from './objects.js';

export type Readiness = 'ready' | 'starting' | 'draining' | 'store_unreachable';

/** What can be asked of a service, or of all workers of one. What it returns is data that JSON can carry; it throws DeskError. */
export interface Desk {
  readiness(): Promise<Readiness>;
  service(): Promise<ServiceInfo>;
  usage(): Promise<Usage>;
  addresses(query: AddressQuery): Promise<Page<AddressRow>>;
  address(uri: string): Promise<AddressView>;
  publications(query: PublicationQuery): Promise<Page<PublicationView>>;
  watchers(query: WatcherQuery): Promise<Page<WatcherView>>;
  registrations(query: RegistrationQuery): Promise<Page<RegistrationView>>;
  refusals(): Promise<Refusals>;
  removePublication(uri: string, event: string, tag: string): Promise<void>;
  removeAddress(uri: string): Promise<void>;
  endWatcher(id: string): Promise<void>;
  decide(id: string, decision: 'allow' | 'deny'): Promise<void>;
  drain(): Promise<void>;
  reload(): Promise<Reloaded>;
  setLogLevel(level: string): Promise<void>;
  /** In the format of Prometheus. */
  metrics(): Promise<string>;
  /** Tells what happens, some events at a time, until the function that it returns is called. */
  follow(told: (batch: Batch) => void): () => void;
}

/** What only the program knows that started the service. */
export interface Orders {
  /** Reads its configuration again. Rejects with why it stays as it was. */
  reload?(): Promise<Reloaded>;
  /** Ends the service gently, and what is around it. */
  drain?(): void;
}
