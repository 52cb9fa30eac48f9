// A client over UDP that answers each NOTIFY, in a process of its own, so that what it allocates is not counted. It sends the requests that it is told one after the other,
// and tells the last response to each.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** Requests to a port of this machine, each sent when all that the one before brings has come: so many messages, NOTIFYs among them. */
export interface Exchange {
  readonly requests: readonly string[];
  readonly port: number;
  readonly messages: number;
}

const socket = createSocket('udp4').bind(0, '127.0.0.1');
let missing = 0;
let last = '';
let done = (): void => undefined;

/** Its fields from Via to CSeq stand in the order in which a NOTIFY of ours has them. */
function answerTo(notify: string): Buffer {
  const fields = notify.slice(notify.indexOf('Via: '), notify.indexOf('Contact: '));
  return Buffer.from(`SIP/2.0 200 OK\r\n${fields}Content-Length: 0\r\n\r\n`, 'latin1');
}

socket.on('message', (bytes, { port }) => {
  const text = bytes.toString('latin1');
  if (text.startsWith('NOTIFY ')) socket.send(answerTo(text), port, '127.0.0.1');
  else last = text;
  if (--missing === 0) done();
});

async function exchange({ requests, port, messages }: Exchange): Promise<string[]> {
  const responses: string[] = [];
  for (const request of requests) {
    missing = messages;
    const all = new Promise<void>((resolve) => { done = resolve; });
    socket.send(request, port, '127.0.0.1');
    await all;
    responses.push(last);
  }
  return responses;
}

process.on('message', (what: Exchange) => { void exchange(what).then((responses) => process.send?.(responses)); });
process.on('disconnect', () => socket.close());
await once(socket, 'listening');
process.send?.(socket.address().port);
