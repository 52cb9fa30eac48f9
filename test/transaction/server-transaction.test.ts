import { expect } from 'chai';
import { ServerTransaction } from '../../packages/core/src/transaction/server-transaction.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const begun = (): ServerTransaction => new ServerTransaction({ call: 'call', toTag: 'tag', address: '192.0.2.1' });

describe('the non-INVITE server transaction', () => {
  it('D01 RFC 3261 17.2.2: is trying at first and says nothing to a retransmission', () => {
    const transaction = begun();
    expect(transaction.state).to.equal('trying');
    expect(transaction.again).to.equal(undefined);
    expect(transaction.isOver).to.equal(false);
  });

  it('D01 RFC 3261 17.2.2: a provisional response leads to proceeding, and is sent again', () => {
    const transaction = begun();
    transaction.proceed(bytes('100'));
    expect(transaction.state).to.equal('proceeding');
    expect(transaction.again).to.deep.equal(bytes('100'));
    expect(transaction.isOver).to.equal(false);
  });

  it('D01 RFC 3261 17.2.2: the final response leads to completed from trying and from proceeding, and is sent again', () => {
    for (const late of [false, true]) {
      const transaction = begun();
      if (late) transaction.proceed(bytes('100'));
      transaction.complete(bytes('200'));
      expect(transaction.state).to.equal('completed');
      expect(transaction.again).to.deep.equal(bytes('200'));
      expect(transaction.isOver).to.equal(true);
    }
  });

  it('D01 RFC 3261 17.2.2: a provisional response after the final one changes nothing', () => {
    const transaction = begun();
    transaction.complete(bytes('200'));
    transaction.proceed(bytes('100'));
    expect(transaction.state).to.equal('completed');
    expect(transaction.again).to.deep.equal(bytes('200'));
  });

  it('D01 forgets the response when it terminates', () => {
    const transaction = begun();
    transaction.complete(bytes('200'));
    transaction.terminate();
    expect(transaction.state).to.equal('terminated');
    expect(transaction.isOver).to.equal(true);
    expect(transaction.again).to.equal(undefined);
  });

  it('tells its watcher that it ends without a final response, once, and nothing where there was one', () => {
    for (const [isAnswered, times] of [[false, 1], [true, 0]] as const) {
      const transaction = begun();
      let ends = 0;
      transaction.watcher = { ended: () => { ends++; }, abandoned: () => undefined };
      if (isAnswered) transaction.complete(bytes('200'));
      transaction.terminate();
      transaction.terminate();
      expect([ends, transaction.watcher]).to.deep.equal([times, undefined]);
    }
  });
});
