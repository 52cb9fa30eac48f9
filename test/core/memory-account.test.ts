import { MemoryAccount } from '@nksip-ts/core';
import { expect } from 'chai';
import { describe, it } from 'mocha';

describe('MemoryAccount', () => {
  it('adds up what its parts hold', () => {
    const account = new MemoryAccount(1000);
    account.tally('requests').add(30);
    account.watch('publications', () => 200);
    expect(account.usage()).to.deep.equal({ limit: 1000, used: 230, parts: { requests: 30, publications: 200 } });
  });

  it('refuses what makes new state first, then what is new, then what ends it', () => {
    const account = new MemoryAccount(1000);
    const requests = account.tally('requests');
    const open = (): readonly boolean[] => (['initial', 'new', 'ongoing'] as const).map((urgency) => account.hasRoom(1, urgency));
    requests.add(799);
    expect(open()).to.deep.equal([true, true, true]);
    requests.add(1);
    expect(open()).to.deep.equal([false, true, true]);
    requests.add(100);
    expect(open()).to.deep.equal([false, false, true]);
    requests.add(100);
    expect(open()).to.deep.equal([false, false, false]);
    requests.add(-1000);
    expect(open()).to.deep.equal([true, true, true]);
  });

  it('has memory given back before anybody is refused', () => {
    const account = new MemoryAccount(1000);
    let finished = 700;
    account.watch('transactions', () => finished);
    account.tally('requests').add(100);
    const asked: number[] = [];
    account.releaseBy((bytes) => {
      asked.push(bytes);
      finished -= bytes;
    });
    expect(account.hasRoom(50, 'initial')).to.equal(true);
    expect(asked).to.deep.equal([50]);
    expect(account.usage().parts).to.deep.equal({ transactions: 650, requests: 100 });
  });

  it('has a part for as long as it is watched', () => {
    const account = new MemoryAccount(1000);
    const end = account.watch('publications', () => 5);
    end();
    end();
    expect(account.usage()).to.deep.equal({ limit: 1000, used: 0, parts: {} });
  });

  it('adds up parts of one name, each of which ends for itself', () => {
    const account = new MemoryAccount(1000);
    account.tally('cache').add(30);
    const end = account.watch('cache', () => 5);
    expect(account.usage()).to.deep.equal({ limit: 1000, used: 35, parts: { cache: 35 } });
    end();
    end();
    expect(account.usage()).to.deep.equal({ limit: 1000, used: 30, parts: { cache: 30 } });
  });

  it('takes another limit and keeps what is held', () => {
    const account = new MemoryAccount(1000);
    account.tally('requests').add(900);
    account.configure(500);
    expect([account.usage().limit, account.usage().used, account.hasRoom(1, 'ongoing')]).to.deep.equal([500, 900, false]);
  });

  it('has plenty no more where parts grew that did not ask', () => {
    const account = new MemoryAccount(1000);
    const part = account.tally('a');
    expect(account.hasPlenty(100)).to.equal(true);
    part.add(750);
    expect(account.hasPlenty(100)).to.equal(false);
    part.add(-100);
    expect(account.hasPlenty(100)).to.equal(true);
  });
});
