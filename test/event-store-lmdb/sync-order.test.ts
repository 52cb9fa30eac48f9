import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { requireTool } from '../clients/tools.ts';
import { fresh, publishText } from '../kit/request-text.ts';
import { Child } from './child.ts';
import { Directories } from './directories.ts';

const BURSTS = 5;
const BURST = 20;

function several(socket: Socket, many: number): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const answers: string[] = [];
    socket.on('message', function take(bytes) {
      if (answers.push(bytes.toString('latin1')) < many) return;
      socket.off('message', take);
      resolve(answers);
    });
  });
}

/** What the system was asked for, in its order: data written to the file, synced, its first page (which commits it), an answer. */
function stepsOf(trace: string, dataFile: string): readonly string[] {
  const steps: string[] = [];
  for (const line of trace.split('\n')) {
    const [, call = '', file = ''] = /^\S+\s+(?:[\d.]+\s+)?(\w+)\(\d+<([^>]*)>/.exec(line) ?? [];
    // One call may send several.
    if (/^send/.test(call)) steps.push(...line.match(/SIP\/2\.0 200/g)?.map(() => '200') ?? []);
    else if (file !== dataFile) continue;
    else if (/^(fdatasync|fsync|msync)$/.test(call)) steps.push('sync');
    else if (/^pwrite/.test(call)) steps.push(/, (?:40|4136)\) += /.test(line) ? 'commit' : 'data');
  }
  return steps;
}

describe('the LMDB store, as the system sees it', function () {
  this.timeout(60_000);
  const directories = new Directories();
  afterEach(() => directories.remove());

  it('syncs what it has written before the first answer that tells of it', async function () {
    requireTool(this, 'strace', 'strace');
    const path = directories.make();
    const log = join(path, '..', 'trace');
    const child = new Child('lmdb-server.ts', [path], ['strace', '-f', '-y', '-v', '-s', '16', '-e', 'trace=fdatasync,fsync,msync,pwrite64,pwritev,openat,sendto,sendmsg,sendmmsg', '-o', log]);
    const socket = createSocket('udp4');
    try {
      const port = Number(await child.line());
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      for (let burst = 0; burst < BURSTS; burst++) {
        const answers = several(socket, BURST);
        for (let i = 0; i < BURST; i++) socket.send(publishText({ port: socket.address().port, uri: `sip:${fresh('user')}@example.com`, expires: 600, body: 'body' }), port, '127.0.0.1');
        for (const answer of await answers) expect(answer).to.match(/^SIP\/2\.0 200/);
      }
    } finally {
      socket.close();
      await child.finish();
    }
    const trace = readFileSync(log, 'utf8');
    const steps = stepsOf(trace, join(path, 'data.mdb'));
    expect(trace, 'the file of commits is written through').to.match(/openat\(.*data\.mdb", [^)]*O_DSYNC/);
    expect(steps.filter((step) => step === '200')).to.have.property('length', BURSTS * BURST);
    const first = steps.indexOf('200');
    const burstStarts = steps.map((step, i) => step === '200' && steps[i - 1] !== '200' ? i : -1).filter((i) => i >= first);
    for (const at of burstStarts) {
      const before = steps.slice(0, at).filter((step) => step !== '200').slice(-2);
      expect(before, `before answer ${at}: ${steps.slice(Math.max(0, at - 6), at + 1).join(' ')}`).to.deep.equal(['sync', 'commit']);
    }
    expect(burstStarts.length, 'commits are shared').to.be.lessThan(BURSTS * BURST / 2);
  });
});
