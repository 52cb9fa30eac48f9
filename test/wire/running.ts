import { startByName, type LogLevel, type Logger, type Service } from '@nksip-ts/core';
import type { TransportName } from '../../packages/core/src/transport/transport.ts';
import { INDENT } from '../../packages/core/src/log/printable.ts';
import { fresh } from '../kit/request-text.ts';
import { StreamPeer, UdpPeer } from './peers.ts';
import { WsPeer } from './ws-peer.ts';

const open: (() => unknown)[] = [];

/** Has something closed after the test. */
export function later(close: () => unknown): void {
  open.push(close);
}

/** Closes what the test opened, the last first. */
export async function closeAll(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}

interface LogLine {
  readonly level: LogLevel;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger that keeps what it is told, from level info up, or debug. */
export class LogRecorder implements Logger {
  readonly lines: LogLine[] = [];

  constructor(readonly level: 'info' | 'debug' = 'info') {}

  isLevelEnabled(level: LogLevel): boolean {
    return level !== 'debug' || this.level === 'debug';
  }

  debug(fields: object, message: string): void {
    if (this.level === 'debug') this.lines.push({ level: 'debug', fields: { ...fields }, message });
  }

  info(fields: object, message: string): void { this.lines.push({ level: 'info', fields: { ...fields }, message }); }
  warn(fields: object, message: string): void { this.lines.push({ level: 'warn', fields: { ...fields }, message }); }
  error(fields: object, message: string): void { this.lines.push({ level: 'error', fields: { ...fields }, message }); }
}

/** The message in a log entry of `sip_trace`: its lines as they were sent, but for what is escaped there. */
export function tracedText(entry: string): string {
  const [, ...lines] = entry.split('\n');
  return lines.map((line) => line.startsWith(INDENT) ? line.slice(INDENT.length) : line).join('\r\n');
}

/** A service under a name of its own, stopped after the test. Silent unless it has a logger. */
export async function running(spec: Readonly<Record<string, unknown>> = {}, module: object = {}): Promise<Service> {
  const service = await startByName(fresh('service'), { log_level: 'silent', ...spec }, module);
  later(() => service.stop().catch(() => undefined));
  return service;
}

export function portOf(service: Service, transport: TransportName): number {
  const port = service.addresses.map((uri) => /:(\d+);transport=(\w+)$/.exec(uri)).find((match) => match?.[2] === transport)?.[1];
  if (port === undefined) throw new Error(`${service.id} does not listen on ${transport}`);
  return Number(port);
}

export async function overUdp(service: Service, address = '127.0.0.1', from = address): Promise<UdpPeer> {
  const peer = await UdpPeer.open(portOf(service, 'udp'), address, from);
  later(() => { peer.close(); });
  return peer;
}

export async function overStream(service: Service, transport: 'tcp' | 'tls' = 'tcp'): Promise<StreamPeer> {
  const peer = await StreamPeer.open(portOf(service, transport), transport);
  later(() => { peer.close(); });
  return peer;
}

export async function overWebSocket(service: Service, transport: 'ws' | 'wss' = 'ws'): Promise<WsPeer> {
  const peer = await WsPeer.open(portOf(service, transport), transport);
  later(() => { peer.close(); });
  return peer;
}
