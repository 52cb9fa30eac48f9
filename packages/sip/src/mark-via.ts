import type { ByteWriter } from './byte-writer.js';
import type { Message } from './message.js';

/**
 * Writes the topmost Via value as the response must carry it: with `received` (RFC 3261 18.2.1), and with `rport` where that is asked
 * for (RFC 3581 4). `start` is where the value begins in the bytes of the request. In its simple form it goes out piece by piece: joined
 * first it took 260 bytes more.
 */
export function writeMarkedVia(out: ByteWriter, request: Message, start: number, received: string, port: number): void {
  const { topVia: via, index: { bytes } } = request;
  if (via?.rportEnd === undefined) return out.latin1(markedVia(request.viaText, via?.rport !== undefined, received, port));
  out.bytes(bytes, start, via.rportEnd);
  out.latin1('=');
  out.latin1(String(port));
  out.bytes(bytes, via.rportEnd, via.stop);
  out.latin1(';received=');
  out.latin1(received);
}

/** For what is rare: a Via without `rport`, or with a `received` or a filled `rport` already, quotes, odd spelling. */
function markedVia(text: string, isAsked: boolean, received: string, port: number): string {
  const [head = '', ...params] = text.match(/(?:[^";]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  const kept = params.flatMap((param) => {
    const name = param.split('=', 1)[0]?.trim().toLowerCase();
    if (name === 'received') return [];
    return name === 'rport' && isAsked ? [`rport=${port}`] : [param];
  });
  return `${[head, ...kept].join(';')};received=${received}`;
}
