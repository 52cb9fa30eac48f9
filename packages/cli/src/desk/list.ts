import { Misuse, oneUri, text, type Parsed } from '../command-line/command-line.js';
import { tell } from '../output/terminal.js';
import { numberAt, textAt, type Item } from './answer.js';
import { columns } from './columns.js';
import { deskCommand, deskHelp, show, type Desk } from './desk-command.js';
import type { Query } from './desk-client.js';
import { bytes, count, duration } from './quantity.js';

export const listHelp = `Usage: nksip-ts list [URI] [options]

Lists what is published, or registered: for URI, or for all addresses.

  --prefix TEXT      only addresses that begin with TEXT, e.g. sip:lamp
  --event E          only this event package
  --addresses        list the addresses instead, each with the number of its publications,
                     watchers and registrations
  --registrations    list the contacts that are registered instead
  --limit N          list at most N (default 100)
${deskHelp}
Examples:
  nksip-ts list sip:alice@example.com
  nksip-ts list --prefix sip:lamp --event dialog --json
`;

const flags = { prefix: { type: 'string' }, event: { type: 'string' }, addresses: { type: 'boolean' }, registrations: { type: 'boolean' }, limit: { type: 'string' } } as const;

export const list = deskCommand(listHelp, flags, async (desk) => {
  const kind = kindIn(desk.parsed);
  const query = { uri: uriIn(desk.parsed, kind), prefix: text(desk.parsed, 'prefix'), event: text(desk.parsed, 'event') };
  if (kind !== 'publications' && query.event !== undefined) throw new Misuse(`--event is for publications: leave --${kind} out, or --event.`);
  const { head, row, none } = kinds[kind];
  await listed(desk, `/api/${kind}`, query, (items) => columns(head, items.map(row)), none);
});

/** Shows what there is of it, and tells where there is more. */
export async function listed(desk: Desk, path: string, query: Query, lines: (items: readonly Item[]) => readonly string[], none = 'There is nothing that fits.'): Promise<void> {
  const most = limitIn(desk.parsed);
  // One more tells whether there are more.
  const all = await desk.client.list(path, query, most + 1);
  const items = all.slice(0, most);
  if (items.length === 0 && !desk.isJson) tell(none);
  else show(desk, items, () => lines(items));
  if (all.length > most) tell(`There are more than these ${count(most)}: --limit N lists more.`);
}

type Kind = 'publications' | 'addresses' | 'registrations';

const kinds: Readonly<Record<Kind, { readonly head: readonly string[]; readonly row: (item: Item) => readonly string[]; readonly none?: string }>> = {
  publications: { head: ['ADDRESS', 'EVENT', 'TAG', 'TYPE', 'SIZE ', 'LEFT '], row: publicationRow, none: 'Nothing is published that fits.' },
  addresses: { head: ['ADDRESS', 'PUBLICATIONS ', 'WATCHERS ', 'REGISTRATIONS '], row: addressRow },
  registrations: { head: ['ADDRESS', 'CONTACT', 'FROM', 'LEFT '], row: registrationRow, none: 'Nothing is registered that fits.' },
};

function kindIn({ flags: given }: Parsed): Kind {
  if (given['addresses'] === true && given['registrations'] === true) throw new Misuse('--addresses and --registrations list different things: leave one out.');
  if (given['addresses'] === true) return 'addresses';
  return given['registrations'] === true ? 'registrations' : 'publications';
}

function uriIn({ words }: Parsed, kind: Kind): string | undefined {
  if (words.length === 0) return undefined;
  if (kind === 'addresses') throw new Misuse('--addresses takes no URI, but --prefix.');
  return oneUri(words, 'list');
}

function limitIn(parsed: Parsed): number {
  const given = text(parsed, 'limit') ?? '100';
  if (!/^[1-9]\d{0,6}$/.test(given)) throw new Misuse(`--limit wants a number from 1 to 9999999, not '${given}'.`);
  return Number(given);
}

function addressRow(address: Item): readonly string[] {
  return [textAt(address, 'uri'), ...['publications', 'watchers', 'registrations'].map((name) => count(numberAt(address, name)))];
}

function publicationRow(publication: Item): readonly string[] {
  return [...['uri', 'event', 'tag', 'type'].map((name) => textAt(publication, name)), bytes(numberAt(publication, 'size')), duration(numberAt(publication, 'expires_in'))];
}

function registrationRow(registration: Item): readonly string[] {
  return [...['uri', 'contact', 'source'].map((name) => textAt(registration, name)), duration(numberAt(registration, 'expires_in'))];
}
