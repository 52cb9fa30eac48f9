// Requests in memory that is not theirs: `lent` parses one, `scribbled` calls something with it and writes over that memory when it has returned.
import { Lending, parse, type Message } from '@nksip-ts/sip';

const lenders = new WeakMap<Message, { readonly memory: Buffer; readonly lending: Lending }>();

/** A message that is good until `scribbled` has returned, unless it is kept. */
export function lent(bytes: Uint8Array): Message {
  const memory = Buffer.from(bytes);
  const lending = new Lending();
  const parsed = parse(memory, undefined, undefined, lending.all);
  if (!parsed.ok) throw new Error(`${parsed.code} ${parsed.reason}`);
  lenders.set(parsed.message, { memory, lending });
  return parsed.message;
}

/** What `take` answers. Whatever reads from the message afterwards reads nonsense. */
export function scribbled<T>(message: Message, take: () => T): T {
  try {
    return take();
  } finally {
    const { memory, lending } = lenders.get(message) ?? {};
    memory?.fill('X');
    if (lending !== undefined) parse(Buffer.from('X X SIP/2.0\r\n\r\n'), undefined, undefined, lending.all);
  }
}
