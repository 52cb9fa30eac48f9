import { oneUri, text } from '../command-line/command-line.js';
import { numberAt, textAt, type Item } from './answer.js';
import { columns } from './columns.js';
import { deskCommand, deskHelp } from './desk-command.js';
import { listed } from './list.js';
import { count, duration } from './quantity.js';

export const watchersHelp = `Usage: nksip-ts watchers [URI] [options]

Lists who watches URI, or all addresses. The ID is what 'nksip-ts kick' takes.

  --state S          only the active or the pending ones
  --event E          only this event package
  --limit N          list at most N (default 100)
${deskHelp}`;

const flags = { state: { type: 'string' }, event: { type: 'string' }, limit: { type: 'string' } } as const;

export const watchers = deskCommand(watchersHelp, flags, async (desk) => {
  const { parsed } = desk;
  const uri = parsed.words.length === 0 ? undefined : oneUri(parsed.words, 'watchers');
  await listed(desk, '/api/watchers', { uri, state: text(parsed, 'state'), event: text(parsed, 'event') }, watcherLines, uri === undefined ? 'Nobody watches.' : 'Nobody watches this address.');
});

export function watcherLines(items: readonly Item[]): readonly string[] {
  return columns(['ID', 'WATCHER', 'ADDRESS', 'EVENT', 'STATE', 'FROM', 'NOTIFIES ', 'LEFT '], items.map(rowOf));
}

function rowOf(watcher: Item): readonly string[] {
  const from = `${textAt(watcher, 'transport')} ${textAt(watcher, 'source')}`.trim();
  return [...['id', 'watcher', 'uri', 'event', 'state'].map((name) => textAt(watcher, name)), from, count(numberAt(watcher, 'notifies')), duration(numberAt(watcher, 'expires_in'))];
}
