import { bind, closeAll, datagram, portOf, udpClient } from './sockets.ts';
import { bytes, optionsText } from '../kit/request-text.ts';

/** Two services of one process answer a datagram each; prints what they log at debug. */
async function main(): Promise<void> {
  const notes: string[] = [];
  for (const text of ['1', '2']) {
    const bench = await bind('sip:127.0.0.1:0;transport=udp');
    bench.receiver.onMessage = ({ source }) => source.reply(bytes(`answer ${text}`), source.address, source.port);
    const client = await udpClient();
    const answer = datagram(client);
    client.send(optionsText(text), portOf(bench, 'udp'), '127.0.0.1');
    notes.push((await answer).text, ...bench.notes);
  }
  await closeAll();
  console.log(JSON.stringify(notes));
}

await main();
