import { cpuOf, operations, readFigures, valueOf, type Figures } from '../../bench/scale-figures.mts';
import { planFor } from '../../bench/scale-model.mts';
import { orderOf, readArguments } from '../../bench/scale-order.mts';
import { needText, operationNames } from '../../bench/scale-text.mts';
import { table } from './markers.js';

/** `scale cpu`, `scale bytes` and `scale measured` are what was measured; `scale plan OPTIONS` is the answer of bench/scale.mts to these options. */
export function scaleTable(name: string): string {
  const { figures, note, machine } = readFigures();
  const [, what, ...options] = name.split(' ');
  if (what === 'plan') return planTable(options, figures);
  if (what === 'cpu') return cpuTable(figures);
  if (what === 'bytes') return bytesTable(figures);
  if (what === 'measured') return `Measured ${datesOf(figures)} on ${machine}. ${note}`;
  throw new Error(`Nothing is called '${name}': scale cpu, scale bytes, scale measured or scale plan OPTIONS`);
}

function planTable(options: readonly string[], figures: Figures): string {
  const order = orderOf(readArguments(options));
  return `\`\`\`sh\nnpm run bench:scale -- ${options.join(' ')}\n\`\`\`\n\n${needText(order, planFor(order, figures))}`;
}

function cpuTable(figures: Figures): string {
  const places = [['ram', 'udp'], ['ram', 'tcp'], ['ram', 'tls'], ['ram', 'ws'], ['lmdb', 'udp'], ['redis', 'udp']] as const;
  const rounded = (value: number): string => value.toFixed(0);
  return table(
    ['One', 'RAM, UDP', 'RAM, TCP', 'RAM, TLS', 'RAM, WebSocket', 'LMDB, UDP', 'Redis, UDP', 'Redis itself', 'Bytes in / out, UDP'],
    operations.map((operation) => [
      operationNames[operation], ...places.map(([store, transport]) => rounded(cpuOf(figures, operation, store, transport))), rounded(valueOf(figures, `redis-cpu/${operation}`)),
      `${rounded(valueOf(figures, `in/${operation}/udp`))} / ${rounded(valueOf(figures, `out/${operation}/udp`))}`,
    ]),
  );
}

function bytesTable(figures: Figures): string {
  const bytes = (name: string): string => Math.round(valueOf(figures, name)).toLocaleString('en');
  return table(['One', 'In the process', 'In LMDB', 'In Redis'], [
    ['process that holds nothing', bytes('memory/process'), '-', '-'],
    ['publication, body of 386 bytes', `${bytes('memory/publication/ram')} with the state in RAM`, bytes('store/publication/lmdb'), bytes('store/publication/redis')],
    ['registered address, one contact', `${bytes('memory/registration/ram')} with the state in RAM`, bytes('store/registration/lmdb'), bytes('store/registration/redis')],
    ['watcher', bytes('memory/watcher'), '-', '-'],
    ['connection: TCP, TLS, WebSocket', ['tcp', 'tls', 'ws'].map((transport) => bytes(`memory/connection/${transport}`)).join('; '), '-', '-'],
    ['finished transaction, for 32 s over UDP', bytes('memory/transaction'), '-', '-'],
  ]);
}

function datesOf(figures: Figures): string {
  return [...new Set(Object.values(figures).map(({ date }) => date))].sort().join(', ');
}
