import type { Aor } from '@nksip-ts/sip';
import { aorKey } from '@nksip-ts/sip';
import type { AddressView, PublicationView, StateView, WatcherView } from '../contract/objects.js';
import type { Host } from './host.js';
import { bodyOf, registrationViewOf, viewOf, watcherViewOf } from './views.js';

/** Publications, and watchers, of one address that are shown. */
const MOST = 1000;
/** Bytes of their bodies; those of the others are left out. */
const MOST_BODIES = 1024 * 1024;

/** All about one address. */
export async function viewOfAddress(host: Host, aor: Aor): Promise<AddressView> {
  const publications = await publicationsOf(host, aor);
  const watchers = watchersOf(host, aor);
  const events = new Set([...publications, ...watchers].map(({ event }) => event));
  return {
    uri: aorKey(aor), publications, watchers,
    registrations: (await host.registrar()?.find(aor) ?? []).map((contact) => registrationViewOf(aor, contact)),
    states: (await Promise.all([...events].map((event) => stateOf(host, aor, event)))).filter((state) => state !== undefined),
  };
}

async function publicationsOf({ compositor }: Host, aor: Aor): Promise<PublicationView[]> {
  const views: PublicationView[] = [];
  let bytes = 0;
  for await (const publication of compositor()?.list(aor) ?? []) {
    bytes += publication.record.data.length;
    views.push(viewOf(publication, bytes <= MOST_BODIES));
    if (views.length >= MOST) break;
  }
  return views;
}

function watchersOf({ notifier }: Host, aor: Aor): WatcherView[] {
  const views: WatcherView[] = [];
  for (const watcher of notifier()?.watchers({ aor }) ?? []) {
    views.push(watcherViewOf(watcher));
    if (views.length >= MOST) break;
  }
  return views;
}

/** Undefined where nobody can say what a watcher sees: the package is not served, or its document cannot be made now. */
async function stateOf({ notifier }: Host, aor: Aor, event: string): Promise<StateView | undefined> {
  try {
    const document = await notifier()?.stateOf(aor, event);
    if (document === undefined) return undefined;
    const { data, content_type: type } = document;
    return { event, ...(type !== undefined && { type }), ...bodyOf(data), size: data.length };
  } catch {
    return undefined;
  }
}
