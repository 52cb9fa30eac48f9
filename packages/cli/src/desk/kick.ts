import { Misuse } from '../command-line/command-line.js';
import { under } from './desk-client.js';
import { deskCommand, deskHelp, noWords, show } from './desk-command.js';

export const kickHelp = `Usage: nksip-ts kick ID [options]

Ends the subscription of a watcher. It is told so (deactivated), and may subscribe again at
once. 'nksip-ts watchers' shows the IDs.

${deskHelp}`;

export const kick = deskCommand(kickHelp, {}, async (desk) => {
  noWords(desk, 'kick', 1);
  const [id] = desk.parsed.words;
  if (id === undefined) throw new Misuse("Say whose subscription is to end: nksip-ts kick ID. 'nksip-ts watchers' shows the IDs.");
  await desk.client.remove(under('/api/watchers', id));
  show(desk, [{ ended: id }], () => [`Ended: ${id}`]);
});
