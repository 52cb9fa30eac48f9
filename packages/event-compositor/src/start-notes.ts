import type { CompositorConfig } from './options.js';
import type { StoreTraits } from './store/callback-store.js';

export interface StartNote {
  readonly level: 'warn' | 'info';
  readonly option: string;
  readonly message: string;
}

/** What to say at the start of a service about its configuration. */
export function startNotes(service: string, config: CompositorConfig, traits: StoreTraits): readonly StartNote[] {
  const notes = traits.owners.length > 1 ? [...capNotes(service, traits), ...sharedNotes(config, traits)] : [];
  if ((config.sip_events ?? []).length > 0) return notes;
  return [{
    level: 'warn', option: 'sip_events',
    message: "sip_events is not set, so no event package is accepted and every PUBLISH is answered 489. Write, for example, sip_events: 'presence'.",
  }, ...notes];
}

/** About a store that cannot say how much it has. One that lists cannot be asked cheaply for the number of all, which its author knows. */
function capNotes(service: string, { counts, lists }: StoreTraits): readonly StartNote[] {
  if (counts) return [];
  const cap = 'sip_event_compositor_max_publications';
  if (lists) return [{ level: 'info', option: cap, message: `The store of '${service}' has no 'count': ${cap} is not enforced.` }];
  return [{
    level: 'warn', option: cap,
    message: `The store of '${service}' has neither 'count' nor 'list': sip_event_compositor_max_per_aor and ${cap} are not enforced on what it keeps. Give storeCallback a store that has 'count'.`,
  }];
}

/** About a store that other processes may use as well. */
function sharedNotes(config: CompositorConfig, { owners, replaces, versions }: StoreTraits): readonly StartNote[] {
  const renews = config.sip_event_compositor_etag === 'renew';
  const hasSecret = (config.sip_event_compositor_secret ?? config.sip_secret) !== undefined;
  const notes: StartNote[] = [];
  const unused = owners.slice(1, -1);
  // What storeCallback has made never continues.
  if (replaces !== undefined && unused.length > 0) {
    notes.push({
      level: 'warn', option: 'plugins',
      message: `Several stores are given: ${owners.slice(0, -1).join(' and ')}. The event state is in that of ${owners[0]}, and ${unused.join(' and ')} ${unused.length === 1 ? 'is' : 'are'} never asked. Leave one out.`,
    });
  }
  if (!renews && versions !== true) {
    notes.push({
      level: 'info', option: 'sip_event_compositor_etag',
      message: "sip_event_compositor_etag is 'keep' and the store has no versions: only one process may use it, or the last write wins. Several processes need 'renew'.",
    });
  }
  if ((versions === true || renews) && !hasSecret) {
    notes.push({
      level: 'info', option: 'sip_event_compositor_secret',
      message: 'sip_event_compositor_secret is not set: a repeat of a request is not recognised by another process. Processes that share a store share one secret.',
    });
  }
  if (renews && replaces === false && hasSecret) {
    notes.push({
      level: 'info', option: 'sip_event_compositor_etag',
      message: "The store has no 'replace': if several processes share it, a repeat that two of them carry out at once may lose the publication.",
    });
  }
  return notes;
}
