import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { uac } from '@nksip-ts/core';
import { expect } from 'chai';
import { Command } from '../cli/command.ts';
import { closeAll, later, running } from '../wire/running.ts';

/** Asks for the events; resolves to the status, or to `closed`. It never reads on. */
async function reader(port: number): Promise<string> {
  const socket: Socket = connect(port, '127.0.0.1');
  later(() => { socket.destroy(); });
  socket.on('error', () => undefined);
  socket.write('GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  const first = await Promise.race([once(socket, 'data').then(([data]) => String(data)), once(socket, 'close').then(() => '')]);
  const status = /^HTTP\/1\.1 (\d+)/.exec(first)?.[1] ?? 'closed';
  if (status === '200') socket.pause();
  else socket.destroy();
  return status;
}

/** A thousand, a hundred at a time. */
async function crowd(port: number): Promise<readonly string[]> {
  const statuses: string[] = [];
  while (statuses.length < 1000) statuses.push(...await Promise.all(Array.from({ length: 100 }, () => reader(port))));
  return statuses;
}

describe('A thousand who want to read events', function () {
  this.timeout(60_000);
  afterEach(closeAll);

  it('are 64 who do; the others are told or closed, and neither SIP nor memory suffers', async () => {
    const server = new Command('serve', '--listen', 'sip:127.0.0.1:0', '--admin', '127.0.0.1:0', '--set', 'sip_events=nkpublish', '--set', 'log_level=error');
    later(() => server[Symbol.asyncDispose]());
    const [, sip = ''] = await server.printed(/ready on sip:([\d.:]+);/);
    const [, page = '', port = ''] = await server.printed(/its page is (http:\/\/127\.0\.0\.1:(\d+)\/)/);
    const phone = await running({ sip_listen: 'sip:127.0.0.1:0' });
    const slowest = async (): Promise<number> => {
      let took = 0;
      for (let user = 0; user < 200; user++) {
        const began = performance.now();
        expect((await uac.publish(phone, `sip:user${user}@${sip}`, { event: 'nkpublish', body: 'x'.repeat(200), expires: 600 })).code).to.equal(200);
        took = Math.max(took, performance.now() - began);
      }
      return took;
    };
    const resident = async (): Promise<number> => Number(/^process_resident_memory_bytes\{.*\} (\d+)/m.exec(await (await fetch(new URL('/metrics', page))).text())?.[1]);
    await slowest();
    const before = await resident();
    const coming = crowd(Number(port));
    // 3.5 seconds: a client would send for the third time. Where nothing else runs it is some 50 ms, most of it in this process.
    expect(await slowest(), 'milliseconds, while they come').to.be.below(3500);
    const statuses = await coming;
    expect(statuses.filter((status) => status === '200')).to.have.length(64);
    expect(new Set(statuses)).to.satisfy((all: Set<string>) => [...all].every((one) => ['200', '503', 'closed'].includes(one)));
    expect(await slowest(), 'milliseconds, while they are there').to.be.below(3500);
    const more = (await resident() - before) / 2 ** 20;
    expect(more, 'MiB').to.be.below(64);
  });
});
