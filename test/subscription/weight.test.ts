import { expect } from 'chai';
import { parse, type Message } from '@nksip-ts/sip';
import { cameFrom } from '../../packages/core/src/dialog/came-from.ts';
import { dialogOfRequest } from '../../packages/core/src/dialog/dialog.ts';
import { MemoryAccount } from '../../packages/core/src/memory/account.ts';
import { Entry } from '../../packages/core/src/subscription/entry.ts';
import { SubscriptionTable } from '../../packages/core/src/subscription/table.ts';
import { requestText } from '../kit/request-text.ts';
import { heldBytes } from '../wire/held-bytes.ts';

const MANY = 20_000;

function subscribe(number: number): Message {
  const parsed = parse(Buffer.from(requestText({
    method: 'SUBSCRIBE', callId: `call-${number}@192.0.2.1`, from: `<sip:bob${number}@example.com>;tag=${number}`, to: '<sip:alice@example.com>', headers: [`Contact: <sip:bob${number}@192.0.2.7:5070>`],
  })));
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.message;
}

/** Each from a source of its own, which is the most that its way can weigh. */
function entry(number: number): Entry {
  const request = subscribe(number);
  const way = cameFrom(request, { transport: 'udp', address: `192.0.2.${number % 250}`, port: number, localAddress: '192.0.2.1', localPort: 5060, reply: () => undefined }, true);
  const dialog = dialogOfRequest(request, number.toString(16).padStart(16, '0'), way);
  if (dialog === undefined) throw new Error('no dialog');
  return new Entry(dialog, 'presence', '<sip:alice@192.0.2.1:5060>');
}

describe('what subscriptions weigh', () => {
  it('is what is counted in sip_max_memory, and all of it is given back when they have ended', async () => {
    const account = new MemoryAccount(2 ** 30);
    const table = new SubscriptionTable(account, () => undefined);
    const fill = (): void => {
      for (let number = 0; number < MANY; number++) {
        const made = entry(number);
        table.add(made);
        table.setDeadline(made, 3_600_000 + number);
      }
    };
    const empty = (): void => { for (const one of table.all()) table.remove(one); };
    fill();
    empty();
    const before = await heldBytes();
    fill();
    const [held, counted] = [(await heldBytes() - before) / MANY, account.used / MANY];
    expect(table.size).to.equal(MANY);
    empty();
    const left = (await heldBytes() - before) / MANY;
    table.close();
    expect([table.size, account.used]).to.deep.equal([0, 0]);
    expect(held, 'measured: 480').to.be.within(0.85 * counted, 1.1 * counted);
    expect(left, 'of code, and of what came lately').to.be.below(60);
  });
});
