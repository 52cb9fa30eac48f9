import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { few, rows, run } from './run-program.ts';

describe('The programs that measure', function () {
  this.timeout(60_000);

  it('compare servers: each operation, right answers, a ratio for each round, what is stored weighed', () => {
    const args = ['--servers', 'ours,floor', '--transports', 'udp', '--stores', 'ram', '--only', 'throughput,memory', '--settle', '0', '--rounds', '2'];
    const { out, err, code } = run('main', [...args, ...few]);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([, operation, server]) => `${operation} ${server}`)).to.deep.equal(
      ['initial', 'refresh', 'modify', 'remove', '412'].flatMap((operation) => [`${operation} ours`, `${operation} floor`]));
    expect(rows(out).map((cells) => cells.slice(-3, -1).every((cell) => cell !== '-'))).to.deep.equal([true, ...Array<boolean>(9).fill(false)]);
    expect(out).to.contain('ours / floor').and.not.contain('WRONG');
    expect(err).to.contain('round 2/2, udp ram, floor, 412: CPU-s/10k ');
  });

  it('measure latency over connections, with the state in RAM and on a disk', () => {
    const args = ['--servers', 'ours', '--transports', 'tcp,ws', '--only', 'latency', '--rounds', '1', '--operations', 'remove'];
    const { out, err, code } = run('main', [...args, ...few]);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([where, , , p50 = '']) => `${where} ${/^\d+\.\d{3}$/.test(p50)}`)).to.deep.equal(['tcp ram true', 'ws ram true', 'tcp lmdb true', 'ws lmdb true']);
    expect(out).to.not.contain('WRONG');
  });

  it('tell that a server is not installed, and measure the others', () => {
    const { out, err, code } = run('main', ['--servers', 'floor,kamailio', '--transports', 'udp', '--stores', 'ram', '--only', 'throughput', '--rounds', '1', '--operations', 'initial', ...few], { PATH: '' });
    expect(code, err).to.equal(0);
    expect(err).to.contain('kamailio is not measured at udp ram: it is not installed: apt-get install kamailio');
    expect(rows(out).map(([, , server]) => server)).to.deep.equal(['floor']);
  });

  it('measure Kamailio, which answers every operation right', function () {
    requireTool(this, 'kamailio', 'kamailio kamailio-presence-modules');
    const { out, err, code } = run('main', ['--servers', 'kamailio', '--transports', 'udp,tcp', '--stores', 'ram', '--only', 'throughput', '--rounds', '1', ...few]);
    expect(code, err).to.equal(0);
    expect(rows(out)).to.have.length(10);
    expect(out).to.not.contain('WRONG');
  });

  it('measure watchers of Kamailio: what each operation costs, how soon the last one is notified, what one weighs', function () {
    requireTool(this, 'kamailio', 'kamailio kamailio-presence-modules');
    const { out, err, code } = run('main', ['--servers', 'floor,kamailio', '--only', 'watch', '--rounds', '1', '--settle', '0', ...few]);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([, operation, server]) => `${operation} ${server}`)).to.deep.equal(
      ['subscribe', 'resubscribe', 'notify', 'unsubscribe'].flatMap((operation) => [`${operation} floor`, `${operation} kamailio`]));
    const [, subscribe = [], , , , notify = []] = rows(out);
    expect([notify[5], subscribe.at(-3)]).to.satisfy((cells: readonly string[]) => cells.every((cell) => /^[\d.,]+$/.test(cell)));
    expect(out).to.not.contain('WRONG');
  });

  it('measure watchers of ours, which leaves nobody without a NOTIFY', () => {
    const { out, err, code } = run('main', ['--servers', 'ours,floor', '--only', 'watch', '--rounds', '1', '--settle', '0', ...few]);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([, operation, server]) => `${operation} ${server}`)).to.include.members(['subscribe ours', 'resubscribe ours', 'notify ours', 'unsubscribe ours']);
    expect(out).to.contain('ours / floor').and.not.contain('WRONG');
  });

  it('measure registrars, ours and that of Kamailio: what each operation costs, how soon a refresh is answered, what an address weighs', function () {
    requireTool(this, 'kamailio', 'kamailio');
    const { out, err, code } = run('main', ['--servers', 'ours,floor,kamailio', '--transports', 'udp', '--stores', 'ram', '--only', 'register', '--rounds', '1', '--settle', '0', ...few]);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([, operation, server]) => `${operation} ${server}`)).to.deep.equal(
      ['register', 'reregister', 'unregister'].flatMap((operation) => [`${operation} ours`, `${operation} kamailio`]));
    expect(out).to.contain('ours / kamailio').and.not.contain('WRONG');
    expect(err).to.contain('floor is not measured with registrations: it is no registrar');
  });

  it('measure many watchers, with a crowd at one address', () => {
    const { out, err, code } = run('watchers', ['--count', '60', '--crowd', '30', '--changes', '2', '--rate', '200', '--seconds', '0.2', '--settle', '0']);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([where, operation]) => `${where}: ${operation}`)).to.deep.equal([
      '60 watchers: subscribe', '30 watch one: notify', '10 watch each of 3: notify', '10 watch each of 3, 200 a second: notify', '60 watchers: unsubscribe',
    ]);
    expect(out).to.not.contain('WRONG');
  });

  it('measure pieces alone', () => {
    const { out, err, code } = run('micro', ['--rounds', '1', '--ms', '1']);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([name]) => name?.split(':')[0])).to.include.members(['parse', 'serialize', 'decide', 'RAM store', 'chain']);
  });

  it('measure how cost grows', () => {
    const { out, err, code } = run('growth', ['--only', 'stored,crowded', '--sizes', '10,30', '--per-aor', '1,5', ...few]);
    expect(code, err).to.equal(0);
    expect(new Set(rows(out).map(([where]) => where))).to.deep.equal(new Set(['10 stored', '30 stored', '1 per AOR', '5 per AOR']));
    expect(out).to.contain('full GC').and.not.contain('WRONG');
  });

  it('measure what a store with much in it means, before and after kill -9', () => {
    const { out, err, code } = run('million', ['--stores', 'ram,lmdb-disk', '--count', '30', '--rate', '100', '--seconds', '1']);
    expect(code, err).to.equal(0);
    expect(rows(out).map(([store]) => store)).to.deep.equal(['ram', 'lmdb-disk']);
    expect(out).not.to.contain('WRONG');
  });
});
