import type { Socket } from 'node:net';
import { expect } from 'chai';
import { stub } from 'sinon';
import { bytes, optionsText } from '../kit/request-text.ts';
import { allOf, until, type Bench } from './sockets.ts';

/** From now on a message takes a millisecond, and is answered by its number in brackets. */
function answerEach({ receiver }: Bench): void {
  let now = 0;
  stub(performance, 'now').callsFake(() => now);
  receiver.onMessage = ({ source }) => source.reply(bytes(`[${now++}]`), source.address, source.port);
}

/** Whether a client gets an answer to each of 200 messages who ends his side right behind them, with `goodbye` if that is given. */
export async function expectAnswersBeforeEnd(bench: Bench, client: Socket, framed: (message: string) => Uint8Array = bytes, goodbye = bytes('')): Promise<void> {
  answerEach(bench);
  const answers = allOf(client);
  client.end(Buffer.concat([...Array.from({ length: 200 }, (_none, index) => framed(optionsText(String(index)))), goodbye]));
  expect((await answers).match(/\[\d+\]/g)?.join('')).to.equal(Array.from({ length: 200 }, (_none, index) => `[${index}]`).join(''));
  await until(() => bench.memory.used === 0);
}

/** Whether three clients with 200 messages each, sent at once, share the turns of the event loop: a message takes a millisecond here. */
export async function expectSharedTurns(bench: Bench, clients: readonly Socket[], framed: (message: string) => Uint8Array = bytes): Promise<void> {
  const perTurn = [0];
  let now = 0;
  stub(performance, 'now').callsFake(() => now);
  bench.receiver.onMessage = () => {
    now++;
    perTurn.push((perTurn.pop() ?? 0) + 1);
  };
  const next = (): void => { perTurn.push(0); if (bench.receiver.messages.length < 600) setImmediate(next); };
  next();
  const sent = clients.map((_client, who) => Array.from({ length: 200 }, (_none, index) => optionsText(`${who}-${index}`)));
  for (const [who, client] of clients.entries()) client.write(Buffer.concat((sent[who] ?? []).map(framed)));
  await bench.receiver.nth(600);
  expect(Math.max(...perTurn)).to.be.at.most(15);
  for (const who of clients.keys()) {
    const own = bench.receiver.messages.map(({ text }) => text).filter((text) => text.includes(`${who}-`));
    expect(own).to.deep.equal(sent[who]);
  }
  await until(() => bench.memory.usage().parts['unfinished'] === 0);
}
