import type { Service } from '@nksip-ts/core';

let count = 0;

export interface RegisterParts {
  readonly uri?: string;
  readonly to?: string;
  readonly from?: string;
  readonly callId?: string;
  readonly cseq?: number;
  /** Values of Contact, one a line. */
  readonly contact?: string | readonly string[];
  readonly expires?: number | string;
  /** Values of Via, the topmost first. */
  readonly via?: readonly string[];
  /** Lines of other header fields, without their ends. */
  readonly headers?: readonly string[];
  readonly method?: string;
}

/** A REGISTER of alice's that is the same as no other one. */
export function registerText({ uri = 'sip:example.com', to = '<sip:alice@example.com>', from = '<sip:alice@example.com>;tag=a1', contact = [], headers = [], ...parts }: RegisterParts = {}): string {
  const number = ++count;
  const { method = 'REGISTER', callId = `register-${number}`, cseq = number, expires, via = [`SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKr${number}`] } = parts;
  return [
    `${method} ${uri} SIP/2.0`, ...via.map((value) => `Via: ${value}`), 'Max-Forwards: 70', `From: ${from}`, `To: ${to}`, `Call-ID: ${callId}`, `CSeq: ${cseq} ${method}`,
    ...[contact].flat().map((value) => `Contact: ${value}`),
    ...(expires === undefined ? [] : [`Expires: ${expires}`]),
    ...headers, 'Content-Length: 0', '', '',
  ].join('\r\n');
}

/** `z9hG4bK` and so on: a branch that nobody had before. */
export function freshVia(host = '127.0.0.1:5060'): string {
  return `SIP/2.0/UDP ${host};rport;branch=z9hG4bKv${++count}`;
}

export interface Registered {
  readonly code: number | undefined;
  readonly reason: string | undefined;
  /** The values of Contact. */
  readonly contacts: readonly string[];
  header(name: string): readonly string[];
}

/** Runs one through a service without a socket. */
export async function register(service: Service, parts: RegisterParts): Promise<Registered> {
  const response = await service.inject(registerText(parts));
  const header = (name: string): readonly string[] => response?.header(name) ?? [];
  return { code: response?.code, reason: response?.reason, contacts: header('Contact').flatMap((line) => line.split(/, (?=<|")/)), header };
}
