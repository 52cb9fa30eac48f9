import { oneUri } from '../command-line/command-line.js';
import { exitCodes } from '../command-line/exit-codes.js';
import { itemsAt, numberAt, textAt, textsAt, type Item } from './answer.js';
import { DeskFault, under } from './desk-client.js';
import { deskCommand, deskHelp, show as print } from './desk-command.js';
import { bytes, count, duration } from './quantity.js';

export const showHelp = `Usage: nksip-ts show URI [options]

Shows all that the server knows of an address: what is published with its bodies, who
watches, where it is registered, and the documents that watchers are sent.

${deskHelp}`;

export const show = deskCommand(showHelp, {}, async (desk) => {
  const uri = oneUri(desk.parsed.words, 'show');
  const address = await desk.client.get(under('/api/addresses', uri));
  if (isEmpty(address)) throw new DeskFault(`The server knows nothing of ${uri}: nothing is published, nobody watches, nothing is registered.`, exitCodes.refused);
  print(desk, [address], () => linesOf(address));
});

function isEmpty(address: Item): boolean {
  return ['publications', 'watchers', 'registrations'].every((name) => itemsAt(address, name).length === 0);
}

function linesOf(address: Item): readonly string[] {
  return [
    textAt(address, 'uri'),
    ...part('Published', itemsAt(address, 'publications'), publicationLines),
    ...part('Watching', itemsAt(address, 'watchers'), watcherLines),
    ...part('Registered', itemsAt(address, 'registrations'), registrationLines),
    ...part('What watchers are sent', itemsAt(address, 'states'), stateLines),
  ];
}

function part(title: string, items: readonly Item[], lines: (item: Item) => readonly string[]): readonly string[] {
  return ['', `${title} (${items.length})`, ...items.flatMap(lines).map((line) => `  ${line}`.trimEnd())];
}

function publicationLines(item: Item): readonly string[] {
  return [joined(textAt(item, 'event'), textAt(item, 'type'), bytes(numberAt(item, 'size')), left(item), from(item)), `  entity-tag ${textAt(item, 'tag')}`, ...bodyLines(item)];
}

function watcherLines(item: Item): readonly string[] {
  return [joined(textAt(item, 'watcher'), textAt(item, 'event'), textAt(item, 'state'), left(item), from(item), `${count(numberAt(item, 'notifies'))} NOTIFY`), `  id ${textAt(item, 'id')}`];
}

function registrationLines(item: Item): readonly string[] {
  const [instance, flow, path] = [textAt(item, 'instance'), textAt(item, 'reg_id'), textsAt(item, 'path').join(', ')];
  const way = joined(instance, flow === '' ? '' : `reg-id ${flow}`, path === '' ? '' : `path ${path}`);
  return [joined(textAt(item, 'contact'), left(item), from(item)), ...(way === '' ? [] : [`  ${way}`])];
}

function stateLines(item: Item): readonly string[] {
  return [joined(textAt(item, 'event'), textAt(item, 'type'), bytes(numberAt(item, 'size'))), ...bodyLines(item)];
}

function bodyLines(item: Item): readonly string[] {
  const body = textAt(item, 'body');
  const lines = textAt(item, 'encoding') === 'base64' ? ['base64', ...body.match(/.{1,76}/g) ?? []] : body.trimEnd().split(/\r?\n/);
  return body === '' ? [] : lines.map((line) => `  | ${line}`);
}

function left(item: Item): string {
  return `${duration(numberAt(item, 'expires_in'))} left`;
}

function from(item: Item): string {
  const source = `${textAt(item, 'transport')} ${textAt(item, 'source')}`.trim();
  return source === '' ? '' : `from ${source}`;
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(', ');
}
