import type { Page, RegistrationQuery, RegistrationView, WatcherQuery, WatcherView } from '../contract/objects.js';
import { aorKey } from '@nksip-ts/sip';
import { addressFrom } from './address-from.js';
import { present, type Host } from './host.js';
import type { Listings } from './listings.js';
import { beginsWith, registrationViewOf, watcherViewOf } from './views.js';

export async function listWatchers(listings: Listings, host: Host, { uri, event, state, after, limit }: WatcherQuery): Promise<Page<WatcherView>> {
  const notifier = present(host.notifier(), 'event-notifier');
  // The package is looked for here, a step for each watcher: to find none of a package may be to look at all.
  const filter = uri === undefined ? {} : { aor: addressFrom(uri) };
  return await listings.page(after, limit, () => stepping(notifier.watchers(filter)), (watcher) => {
    if (event !== undefined && watcher.event !== event) return [];
    const view = watcherViewOf(watcher);
    return state === undefined || view.state === state ? [view] : [];
  });
}

export async function listRegistrations(listings: Listings, host: Host, { uri, prefix, after, limit }: RegistrationQuery): Promise<Page<RegistrationView>> {
  const registrar = present(host.registrar(), 'registrar');
  const aor = uri === undefined ? undefined : addressFrom(uri);
  const begin = (): AsyncIterator<Awaited<ReturnType<typeof only>>> => (aor === undefined ? present(registrar.list(), 'registrar with a store that can list')[Symbol.asyncIterator]() : once(only(host, aor)));
  return await listings.page(after, limit, begin, (registered) => prefix === undefined || beginsWith(aorKey(registered.aor), prefix) ? registered.contacts.map((contact) => registrationViewOf(registered.aor, contact)) : []);
}

async function only(host: Host, aor: ReturnType<typeof addressFrom>) {
  return { aor, contacts: await present(host.registrar(), 'registrar').find(aor) };
}

async function* once<T>(one: Promise<T>): AsyncGenerator<T> {
  yield await one;
}

async function* stepping<T>(all: Iterable<T>): AsyncGenerator<T> {
  yield* all;
}
