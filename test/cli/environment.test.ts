import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { readArguments, type Parsed } from '../../packages/cli/src/command-line/command-line.ts';
import { withEnvironment, withEnvironmentFlags } from '../../packages/cli/src/config/environment.ts';
import { invocationOf, serveFlags } from '../../packages/cli/src/config/invocation.ts';
import '@nksip-ts/event-compositor';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { Command, inEnvironment, run } from './command.js';

const all = { plugins: ['event-compositor'] };
const read = (environment: Readonly<Record<string, string>>, options: Readonly<Record<string, unknown>> = {}) => withEnvironment({ options, places: {} }, { ...all, ...options }, [], environment);

describe('the environment', function () {
  this.timeout(20_000);
  let folder: string;
  before(() => { folder = temporaryFolder(); });
  after(() => { removeFolder(folder); });

  it('gives any option, as a plain value or as JSON', async () => {
    const { options, places } = await read({
      NKSIP_TS_SIP_LISTEN: 'sip:127.0.0.1:0', NKSIP_TS_SIP_MAX_CALLS: '7', NKSIP_TS_SIP_NO_100: 'true', NKSIP_TS_SIP_DIGEST_ALGORITHMS: '["MD5"]',
      NKSIP_TS_SIP_SECRET: '1234567890123456', NKSIP_TS_PLUGINS: 'event-compositor', NKSIP_TS_LOG_LEVEL: 'warn', HOME: '/x',
    });
    expect(options).to.deep.equal({
      sip_listen: 'sip:127.0.0.1:0', sip_max_calls: 7, sip_no_100: true, sip_digest_algorithms: ['MD5'], sip_secret: '1234567890123456', plugins: ['event-compositor'], log_level: 'warn',
    });
    expect(places['sip_no_100']).to.equal('the environment variable NKSIP_TS_SIP_NO_100');
  });

  it('says nothing with an empty variable, and with those that are no options', async () => {
    expect((await read({ NKSIP_TS_SIP_LISTEN: '', NKSIP_TS_PASS: 'x', NKSIP_TS_WORKER: '1', NKSIP_TS_WORKERS: '2', NKSIP_TS_CONFIG: 'a', NKSIP_TS_LOG_FORMAT: 'json' })).options).to.deep.equal({});
  });

  it('has flags as well, under those of the command line', () => {
    const flags = (args: readonly string[]): Parsed['flags'] => withEnvironmentFlags(readArguments(args, serveFlags), { NKSIP_TS_CONFIG: 'a.json', NKSIP_TS_WORKERS: '2', NKSIP_TS_LOG_FORMAT: '' }).flags;
    expect(flags(['--workers', '3'])).to.include({ config: 'a.json', workers: '3' }).and.not.to.have.property('log-format');
  });

  it('stands between the command line and the file, and that goes before what is usual', async () => {
    const file = join(folder, 'a.json');
    await writeFile(file, JSON.stringify({ sip_from: 'sip:file@x', sip_local_host: 'file', sip_timer_t1: 400, plugins: ['event-compositor'] }));
    const parsed = readArguments(['--config', file, '--set', 'sip_from=sip:line@x'], serveFlags);
    process.env['NKSIP_TS_SIP_FROM'] = 'sip:environment@x';
    process.env['NKSIP_TS_SIP_LOCAL_HOST'] = 'environment';
    try {
      const { options } = await invocationOf(parsed);
      expect(options).to.include({ sip_from: 'sip:line@x', sip_local_host: 'environment', sip_timer_t1: 400, log_level: 'info' });
    } finally {
      delete process.env['NKSIP_TS_SIP_FROM'];
      delete process.env['NKSIP_TS_SIP_LOCAL_HOST'];
    }
  });

  for (const [variable, value, sentence] of [
    ['NKSIP_TS_SIP_LISTN', 'x', 'There is no option for the environment variable NKSIP_TS_SIP_LISTN. Did you mean NKSIP_TS_SIP_LISTEN?'],
    ['NKSIP_TS_TRACE', 'true', 'There is no option for the environment variable NKSIP_TS_TRACE. Did you mean NKSIP_TS_SIP_TRACE?'],
    ['NKSIP_TS_SIP_MAX_CALLS', 'many', "It stands in the environment variable NKSIP_TS_SIP_MAX_CALLS."],
    ['NKSIP_TS_SIP_EVENT_STORE_LMDB_PATH', '/x', "belongs to the plugin 'event-store-lmdb': add it to 'plugins'"],
  ] as const) {
    it(`is told of what is wrong in it: ${variable}`, async () => {
      const { code, err } = await inEnvironment({ [variable]: value }, () => run('check'));
      expect(err).to.include(sentence);
      expect(code).to.equal(1);
    });
  }

  it('is enough for a server, and for those who send requests', async () => {
    await using server = await inEnvironment({ NKSIP_TS_SIP_LISTEN: 'sip:127.0.0.1:0', NKSIP_TS_LOG_FORMAT: 'json', NKSIP_TS_SIP_USERS: '{"alice@example.com":"secret"}' }, async () => new Command('serve'));
    const [, proxy = ''] = await server.printed(/"message":"nksip-ts is ready on (sip:127\.0\.0\.1:\d+)/);
    const { out } = await inEnvironment({ NKSIP_TS_PASS: 'secret', NKSIP_TS_SIP_LISTEN: 'nonsense' }, () => run('publish', 'sip:alice@example.com', '--proxy', proxy, '--event', 'nkpublish', '--body', 'x'));
    expect(out).to.match(/^200 OK/);
  });
});
