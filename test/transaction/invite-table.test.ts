import { MemoryAccount } from '@nksip-ts/core';
import { expect } from 'chai';
import sinon, { type SinonFakeTimers } from 'sinon';
import { InviteTable } from '../../packages/core/src/transaction/invite-table.ts';

const timers = { timerH: 32_000, timerI: 5000 };

describe('the INVITEs that were refused', () => {
  let clock: SinonFakeTimers;
  let account: MemoryAccount;
  let table: InviteTable;

  beforeEach(() => {
    clock = sinon.useFakeTimers({ now: 0, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    account = new MemoryAccount(1e9);
    table = new InviteTable(account);
  });
  afterEach(() => { clock.restore(); });

  const add = (call: string, size: number): void => { 
    table.add({ key: { call, toTag: 'tag', address: '192.0.2.1', way: 'way' }, ackTag: 'tag', response: Buffer.alloc(size), isLarge: false, isReliable: false }, timers);
  };
  const held = (): number => account.usage().parts['invites'] ?? 0;

  it('D63 count in the account with their response and their texts, until they are over', () => {
    add('a', 500);
    const small = held();
    expect(small).to.be.within(2000, 3000);
    add('b'.repeat(8000), 30_000);
    expect(held() - 2 * small).to.equal(29_500 + 7999);
    table.get('a')?.onAck();
    clock.tick(timers.timerI);
    expect([held() > 38_000, table.get('a')]).to.deep.equal([true, undefined]);
    clock.tick(timers.timerH);
    expect([held(), table.size]).to.deep.equal([0, 0]);
  });

  it('D63 one that ends takes no other one of the same name with it', () => {
    add('a', 500);
    clock.tick(1000);
    add('a', 600);
    clock.tick(31_000);
    expect(table.get('a')?.again?.length).to.equal(600);
    clock.tick(1000);
    expect([held(), table.size, table.get('a')]).to.deep.equal([0, 0, undefined]);
  });

  it('D63 are 10,000 at most', () => {
    for (let i = 0; i <= 10_000; i++) add(`call ${i}`, 1);
    expect([table.size, table.get('call 10000')]).to.deep.equal([10_000, undefined]);
    table.close();
    expect([held(), table.size, clock.countTimers()]).to.deep.equal([0, 0, 0]);
  });
});
