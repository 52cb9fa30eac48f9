import type { EventCompositor } from '@nksip-ts/event-compositor';
import { formatAor } from '@nksip-ts/sip';
import type { Page, PublicationQuery, PublicationView } from '../contract/objects.js';
import { addressFrom } from './address-from.js';
import type { Listings } from './listings.js';
import { beginsWith, viewOf } from './views.js';

export async function listPublications(listings: Listings, compositor: EventCompositor, { uri, event, prefix, body, after, limit }: PublicationQuery): Promise<Page<PublicationView>> {
  const aor = uri === undefined ? undefined : addressFrom(uri);
  return await listings.page(after, limit, () => compositor.list(aor)[Symbol.asyncIterator](), (publication) => {
    const isMeant = (event === undefined || publication.record.event === event) && (prefix === undefined || beginsWith(formatAor(publication.aor), prefix));
    return isMeant ? [viewOf(publication, body === 'true')] : [];
  });
}
