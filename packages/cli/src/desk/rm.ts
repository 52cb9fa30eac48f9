import { Misuse, oneUri } from '../command-line/command-line.js';
import { exitCodes } from '../command-line/exit-codes.js';
import { textAt, type Item } from './answer.js';
import { DeskFault, under } from './desk-client.js';
import { deskCommand, deskHelp, noWords, show, type Desk } from './desk-command.js';

export const rmHelp = `Usage: nksip-ts rm URI [TAG] [options]

Removes the publication of URI that has this entity-tag, or all publications of URI; who
watches is told. Their publishers get a 412 when they refresh, and may publish anew.
'nksip-ts list URI' shows the tags; the beginning of one is enough if no other has it.

${deskHelp}`;

/** More of one address are removed all at once. */
const most = 10_000;

export const rm = deskCommand(rmHelp, {}, async (desk) => {
  noWords(desk, 'rm', 2);
  const uri = oneUri(desk.parsed.words.slice(0, 1), 'rm');
  const tag = desk.parsed.words[1];
  const stored = await desk.client.list('/api/publications', { uri }, most);
  if (stored.length === 0) throw new DeskFault(`Nothing is published for ${uri}.`, exitCodes.refused);
  const removed = tag === undefined ? await removeAll(desk, uri, stored) : await removeOne(desk, uri, theOne(stored, tag, uri));
  show(desk, removed, () => removed.map((item) => `Removed: ${uri}, ${textAt(item, 'event')}, ${textAt(item, 'tag')}`));
});

async function removeAll({ client }: Desk, uri: string, stored: readonly Item[]): Promise<readonly Item[]> {
  await client.remove(under('/api/addresses', uri));
  return stored;
}

async function removeOne({ client }: Desk, uri: string, item: Item): Promise<readonly Item[]> {
  await client.remove(under('/api/publications', uri, textAt(item, 'event'), textAt(item, 'tag')));
  return [item];
}

function theOne(stored: readonly Item[], tag: string, uri: string): Item {
  const exact = stored.filter((item) => textAt(item, 'tag') === tag);
  const fitting = exact.length > 0 ? exact : stored.filter((item) => textAt(item, 'tag').startsWith(tag));
  const [first] = fitting;
  if (first === undefined) throw new DeskFault(`No publication of ${uri} has the entity-tag ${tag}: 'nksip-ts list ${uri}' shows those that are there.`, exitCodes.refused);
  if (fitting.length > 1) throw new Misuse(`'${tag}' is the beginning of ${fitting.length} entity-tags: write more of it.`);
  return first;
}
