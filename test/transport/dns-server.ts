import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { later } from './sockets.ts';

const types = new Map([[1, 'A'], [28, 'AAAA'], [33, 'SRV'], [35, 'NAPTR']]);

/** What a name server says to a question, such as `A example.com`: the data of records and their time to live; nothing: there is no such name; silence. */
export type Zone = Readonly<Record<string, { readonly ttl: number; readonly data: readonly Buffer[] } | 'silence'>>;

/** A name server on a socket of its own (RFC 1035 4.1), and what it was asked. */
export async function dnsServer(zone: Zone): Promise<{ readonly address: string; readonly asked: string[] }> {
  const asked: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (question, { address, port }) => {
    const { text, end } = questionIn(question);
    asked.push(text);
    const known = zone[text];
    if (known !== 'silence') socket.send(answer(question.subarray(0, end), known), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  later(() => { socket.close(); });
  return { address: `127.0.0.1:${socket.address().port}`, asked };
}

/** 4.1.2: the name, its type and class. */
function questionIn(bytes: Buffer): { readonly text: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = bytes.readUInt8(at); length > 0; length = bytes.readUInt8(at)) {
    labels.push(bytes.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { text: `${types.get(bytes.readUInt16BE(at + 1)) ?? '?'} ${labels.join('.')}`, end: at + 5 };
}

function answer(question: Buffer, known: { readonly ttl: number; readonly data: readonly Buffer[] } | undefined): Buffer {
  const records = known?.data.map((data) => {
    const head = Buffer.alloc(12);
    head.writeUInt16BE(0xc00c, 0); // 4.1.4: the name of the question
    question.copy(head, 2, question.length - 4);
    head.writeUInt32BE(known.ttl, 6);
    head.writeUInt16BE(data.length, 10);
    return Buffer.concat([head, data]);
  }) ?? [];
  const head = Buffer.from(question);
  head.writeUInt16BE(known === undefined ? 0x8183 : 0x8180, 2); // a name that is not there: 3
  head.writeUInt16BE(records.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...records]);
}

export const addressData = (text: string): Buffer => Buffer.from(text.split('.').map(Number));

/** RFC 2782. */
export function srvData(port: number, name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const head = Buffer.alloc(6);
  head.writeUInt16BE(port, 4);
  return Buffer.concat([head, ...labels, Buffer.from([0])]);
}
