import type { Via } from '@nksip-ts/sip';
import { sameAddress, withoutZone } from './address.js';
import type { Source } from './transport.js';

type Hop = Pick<Via, 'host' | 'rport' | 'received'>;
type Sender = Pick<Source, 'address' | 'port'>;

/**
 * The topmost Via value as the response must carry it: with `received` where sent-by is not the address that the request came from
 * (RFC 3261 18.2.1), and with both `rport` and `received` where rport is asked for (RFC 3581 4). Undefined: as it is.
 */
export function markVia(text: string, via: Hop, source: Sender): string | undefined {
  const asked = via.rport !== undefined;
  if (!asked && sameAddress(via.host, source.address)) return undefined;
  const received = `;received=${withoutZone(source.address)}`;
  if (via.received !== undefined || text.includes('"')) return rewritten(text, asked, source.port, received);
  if (!asked) return text + received;
  const end = text.indexOf(';rport') + 6;
  if (end === 5 || (end < text.length && text.charCodeAt(end) !== SEMICOLON)) return rewritten(text, asked, source.port, received);
  return `${text.slice(0, end)}=${source.port}${text.slice(end)}${received}`;
}

const SEMICOLON = 0x3b;

/** For what is rare: a Via that has a `received` or a filled `rport` already, quotes, odd spelling. */
function rewritten(text: string, asked: boolean, port: number, received: string): string {
  const [head = '', ...params] = text.match(/(?:[^";]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  const kept = params.flatMap((param) => {
    const name = param.split('=', 1)[0]?.trim().toLowerCase();
    if (name === 'received') return [];
    return name === 'rport' && asked ? [`rport=${port}`] : [param];
  });
  return [head, ...kept].join(';') + received;
}
