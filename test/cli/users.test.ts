import { chmodSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHa1, type Service } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { watchers } from '@nksip-ts/event-notifier';
import '@nksip-ts/registrar';
import { expect } from 'chai';
import sinon from 'sinon';
import '../../packages/cli/src/users/plugin.ts';
import { ServiceUsers } from '../../packages/cli/src/users/service-users.ts';
import { parseUsers } from '../../packages/cli/src/users/users-text.ts';
import { credentialsFor, type CredentialParts } from '../digest/credentials.ts';
import { publishText, requestText } from '../kit/request-text.ts';
import { removeFolder, temporaryFolder } from '../kit/temporary-folder.ts';
import { registerText } from '../registrar/register-text.ts';
import { closeAll, LogRecorder, running } from '../wire/running.ts';
import { Command, inEnvironment, run, type Finished } from './command.js';
import { RunsInTurn } from './runs-in-turn.ts';

const ha1 = (user: string, realm = 'example.com', password = 'secret', algorithm: 'MD5' | 'SHA-256' = 'MD5'): string => makeHa1(user, realm, password, algorithm).split('!')[2] ?? '';
const line = (user: string, realm = 'example.com'): string => `${user}:${realm}:${ha1(user, realm)}\n`;

describe('a file of users', () => {
  it('has lines of htdigest, and lines with an algorithm, comments and empty lines', () => {
    const text = `# who may sign in\n\n${line('alice')}bob:example.com:sha-256:${ha1('bob', 'example.com', 'secret', 'SHA-256').toUpperCase()}\r\n`;
    expect(parseUsers(text).map(({ user, realm, algorithm, ha1: { length } }) => [user, realm, algorithm, length])).to.deep.equal([['alice', 'example.com', 'MD5', 32], ['bob', 'example.com', 'SHA-256', 64]]);
    expect(parseUsers(`\ufeff${line('alice')}`)).to.have.length(1);
  });

  for (const [text, sentence] of [
    ['alice:secret', 'line 2: write user:realm:ALGORITHM:HA1, or user:realm:HA1 for MD5'],
    ['a:b:MD5:c:d', 'line 2: write user:realm:ALGORITHM:HA1, or user:realm:HA1 for MD5'],
    [`alice:example.com:SHA256:${'a'.repeat(64)}`, 'line 2: its algorithm is one of MD5, SHA-256, SHA-512-256; did you mean SHA-256?'],
    ['alice:example.com:sesame', 'line 2: an HA1 of MD5 has 32 hexadecimal digits; nksip-ts passwd makes one from a password'],
    [`:example.com:${'a'.repeat(32)}`, 'line 2: its user or its realm is no name: it is empty'],
    [` alice:example.com:${'a'.repeat(32)}`, 'line 2: it begins with a blank'],
    [`bob:example.com:MD5:${'a'.repeat(32)}`, "line 2: 'bob' of 'example.com' has a line for MD5 already, line 1: leave one out"],
  ] as const) {
    it(`names the line that is wrong, and shows no secret: ${text.slice(0, 20)}`, () => {
      expect(() => parseUsers(`${line('bob')}${text}\n`)).to.throw(Error, new RegExp(`^${sentence.replace(/[.?]/g, '\\$&')}$`));
    });
  }
});

describe('users of a service', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder, 'users');
  });
  afterEach(async () => {
    await closeAll();
    removeFolder(folder);
  });

  async function withUsers(options: Readonly<Record<string, unknown>>): Promise<Service> {
    return await running({ plugins: ['event-compositor', 'event-notifier', 'registrar', 'users'], sip_events: 'nkpublish', ...options });
  }

  /** Sends it twice, the second time with the password. */
  async function signedIn(service: Service, text: (headers: readonly string[]) => string, parts: CredentialParts): Promise<number | undefined> {
    const challenged = await service.inject(text([]));
    const challenge = challenged?.header('WWW-Authenticate')[0];
    if (challenge === undefined) return challenged?.code;
    return (await service.inject(text([`Authorization: ${credentialsFor(challenge, parts)}`])))?.code;
  }

  const publish = (service: Service, uri: string, parts: CredentialParts = {}) => signedIn(service, (headers) => publishText({ uri, headers, body: 'x' }), { uri, ...parts });
  const register = (service: Service, aor: string, parts: CredentialParts = {}) =>
    signedIn(service, (headers) => registerText({ to: `<${aor}>`, contact: '<sip:phone@192.0.2.1>', headers }), { method: 'REGISTER', uri: 'sip:example.com', ...parts });
  const subscribe = (service: Service, from: string, parts: CredentialParts = {}) => signedIn(service, (headers) => requestText({
    method: 'SUBSCRIBE', from: `<${from}>;tag=w`, headers: ['Event: nkpublish', 'Contact: <sip:w@127.0.0.1:9>', 'Expires: 60', ...headers],
  }), { method: 'SUBSCRIBE', uri: 'sip:alice@example.com', ...parts });

  it('A37 publish and register for their own address, and nobody does for another', async () => {
    writeFileSync(file, line('alice') + line('bob') + line('alice', 'example.net'), { mode: 0o600 });
    const service = await withUsers({ sip_users_file: file });
    for (const act of [publish, register]) {
      expect(await act(service, 'sip:alice@example.com')).to.equal(200);
      expect(await act(service, 'sip:alice@example.com', { password: 'wrong' })).to.equal(401);
      expect(await act(service, 'sip:alice@example.com', { user: 'bob' })).to.equal(403);
      expect(await act(service, 'sip:alice@example.net', { realm: 'example.com' })).to.equal(401);
      expect(await act(service, 'sip:alice@example.net')).to.equal(200);
      expect(await act(service, 'sip:alice@elsewhere')).to.equal(403);
    }
  });

  it('are in the configuration as well, with passwords or HA1s', async () => {
    const service = await withUsers({ sip_users: { 'alice@example.com': 'secret', 'bob@example.com': makeHa1('bob', 'example.com', 'secret') } });
    expect(await publish(service, 'sip:alice@example.com')).to.equal(200);
    expect(await publish(service, 'sip:bob@example.com', { user: 'bob' })).to.equal(200);
    expect(await publish(service, 'sip:carol@example.com', { user: 'carol' })).to.equal(401);
  });

  it('C27 see their own address at once, and are pending elsewhere until somebody decides', async () => {
    const service = await withUsers({ sip_users: { 'alice@example.com': 'secret', 'bob@example.net': 'secret' } });
    expect(await subscribe(service, 'sip:alice@example.com')).to.equal(200);
    expect(await subscribe(service, 'sip:bob@example.net', { user: 'bob' })).to.equal(200);
    const seen: (readonly [string | undefined, string])[] = [];
    for await (const { user, decision } of watchers(service)) seen.push([user, decision]);
    expect(seen).to.have.deep.members([['alice@example.com', 'allow'], ['bob@example.net', 'confirm']]);
    expect(await subscribe(service, 'sip:alice@example.com', { password: 'wrong' })).to.equal(401);
  });

  it('RFC 3325 are those of a trusted proxy as well, where it may say who they are', async () => {
    const service = await withUsers({ sip_users: { 'bob@example.com': 'secret' }, sip_trusted_proxies: '192.0.2.1', sip_asserted_identity: true });
    const asserted = async (uri: string, identity: string, address = '192.0.2.1') =>
      (await service.inject(publishText({ uri, body: 'x', headers: [`P-Asserted-Identity: <${identity}>`] }), { address }))?.code;
    expect(await asserted('sip:alice@example.com', 'sip:alice@example.com')).to.equal(200);
    expect(await asserted('sip:alice@example.com', 'sip:bob@example.com')).to.equal(403);
    expect(await asserted('sip:alice@example.com', 'sip:alice@elsewhere')).to.equal(401);
    expect(await asserted('sip:alice@example.com', 'sip:alice@example.com', '192.0.2.2')).to.equal(401);
  });

  it('may do everything once they have signed in, where sip_users_may is all', async () => {
    const service = await withUsers({ sip_users: { 'alice@example.com': 'secret' }, sip_users_may: 'all' });
    expect(await publish(service, 'sip:anybody@elsewhere')).to.equal(200);
    expect((await service.inject(publishText({ uri: 'sip:anybody@elsewhere', body: 'x' })))?.code).to.equal(401);
  });

  it('are not asked for a password by OPTIONS, with which a proxy looks whether the server lives', async () => {
    const service = await withUsers({ sip_users: { 'alice@example.com': 'secret' } });
    expect((await service.inject(requestText({ method: 'OPTIONS', uri: 'sip:example.com' })))?.code).to.equal(200);
  });

  it('RFC 8760 sign in with the algorithm that the file has, and with each of several', async () => {
    writeFileSync(file, `alice:example.com:SHA-256:${ha1('alice', 'example.com', 'secret', 'SHA-256')}\n`, { mode: 0o600 });
    const service = await withUsers({ sip_users_file: file });
    expect(await publish(service, 'sip:alice@example.com')).to.equal(200);
    writeFileSync(file, `alice:example.com:SHA-256:${ha1('alice', 'example.com', 'secret', 'SHA-256')}\n${line('alice')}`);
    const both = await running({ plugins: ['event-compositor', 'users'], sip_events: 'nkpublish', sip_users_file: file, sip_digest_algorithms: ['SHA-256', 'MD5'] });
    const text = (headers: readonly string[]) => publishText({ headers, body: 'x' });
    const challenges = (await both.inject(text([])))?.header('WWW-Authenticate') ?? [];
    expect(challenges).to.have.length(2);
    for (const [index, challenge] of challenges.entries()) expect((await both.inject(text([`Authorization: ${credentialsFor(challenge, { nc: `0000000${index + 1}` })}`])))?.code).to.equal(200);
  });

  it('keep a service from starting where their file is broken or missing', async () => {
    writeFileSync(file, 'alice:secret\n');
    const { code, err } = await run('check', '--users', file);
    expect(err).to.include(`The file of users '${file}' cannot be used: line 1: write user:realm:ALGORITHM:HA1, or user:realm:HA1 for MD5.`);
    expect(code).to.equal(1);
    expect((await run('check', '--users', join(folder, 'none'))).err).to.include('there is no such file');
  });

  describe('whose file changes', () => {
    let clock: sinon.SinonFakeTimers;
    let log: TellingLog;
    let users: ServiceUsers;
    beforeEach(() => {
      clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      log = new TellingLog();
      users = new ServiceUsers(log);
    });
    afterEach(() => {
      users.close();
      clock.restore();
    });

    const knows = (user: string): boolean => users.table.secretsOf(user, 'example.com') !== false;

    /** What the log has after the next look. */
    async function looked(): Promise<string> {
      const told = log.next();
      clock.tick(2_000);
      return await told;
    }

    it('are those of the new file, also where that was renamed or is behind a link', async () => {
      writeFileSync(file, line('alice'), { mode: 0o600 });
      await users.use({ sip_users_file: file, sip_users_may: 'own' });
      writeFileSync(file, line('alice') + line('bob'));
      expect(await looked()).to.equal(`${file} was read again: 2 users.`);
      writeFileSync(`${file}.new`, line('carol'), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      expect(await looked()).to.equal(`${file} was read again: 1 user.`);
      expect([knows('alice'), knows('carol')]).to.deep.equal([false, true]);
      rmSync(file);
      writeFileSync(`${file}.2`, line('dave'), { mode: 0o600 });
      symlinkSync(`${file}.2`, file);
      expect(await looked()).to.equal(`${file} was read again: 1 user.`);
      expect(knows('dave')).to.equal(true);
    });

    it('stay where the new file is broken or gone, and the log says so once', async () => {
      writeFileSync(file, line('alice'), { mode: 0o600 });
      await users.use({ sip_users_file: file, sip_users_may: 'own' });
      writeFileSync(file, 'alice:secret\n');
      expect(await looked()).to.equal(`The users stay as they were. The file of users '${file}' cannot be used: line 1: write user:realm:ALGORITHM:HA1, or user:realm:HA1 for MD5.`);
      rmSync(file);
      expect(await looked()).to.equal(`The users stay as they were. The file of users '${file}' cannot be used: there is no such file.`);
      expect(knows('alice')).to.equal(true);
      writeFileSync(file, line('bob'), { mode: 0o600 });
      expect(await looked()).to.equal(`${file} was read again: 1 user.`);
      expect(log.lines).to.have.length(3);
    });

    it('are told of where others can read it', async () => {
      writeFileSync(file, line('alice'));
      chmodSync(file, 0o644);
      await users.use({ sip_users_file: file, sip_users_may: 'own' });
      expect(log.lines.map(({ level, message }) => [level, message])).to.deep.equal([['warn', `Every user of this machine can read ${file}, and sign in as anybody in it: chmod 640 ${file}`]]);
      chmodSync(file, 0o640);
      expect(await looked()).to.equal(`${file} was read again: 1 user.`);
    });
  });
});

class TellingLog extends LogRecorder {
  #next: ((message: string) => void) | undefined;

  next(): Promise<string> {
    return new Promise((resolve) => { this.#next = resolve; });
  }

  override info(fields: object, message: string): void {
    super.info(fields, message);
    this.#next?.(message);
  }

  override error(fields: object, message: string): void {
    super.error(fields, message);
    this.#next?.(message);
  }
}

describe('passwd', function () {
  this.timeout(30_000);
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder, 'users');
  });
  afterEach(() => { removeFolder(folder); });

  it('makes a file that only its owner can read, and changes one user in it', async () => {
    const made = await passwd('secret', file, 'alice', '--realm', 'example.com');
    expect(made).to.include({ code: 0, out: `alice of example.com is new in ${file}\n` });
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    writeFileSync(file, `# ours\n${line('bob')}${readFileSync(file, 'utf8').trimEnd()}`);
    chmodSync(file, 0o640);
    expect((await passwd('new', file, 'alice')).out).to.equal(`alice of example.com has a new password in ${file}\n`);
    expect(readFileSync(file, 'utf8')).to.equal(`# ours\n${line('bob')}alice:example.com:MD5:${ha1('alice', 'example.com', 'new')}\n`);
    expect(statSync(file).mode & 0o777).to.equal(0o640);
    expect((await passwd('new', file, 'alice', '--algorithm', 'md5,sha-256')).code).to.equal(0);
    expect(parseUsers(readFileSync(file, 'utf8')).map(({ user, algorithm }) => `${user} ${algorithm}`)).to.deep.equal(['bob MD5', 'alice MD5', 'alice SHA-256']);
    expect((await passwd('', file, 'alice', '--remove')).out).to.equal(`alice of example.com is removed in ${file}\n`);
    expect(readFileSync(file, 'utf8')).to.equal(`# ours\n${line('bob')}`);
  });

  it('says what is wrong, and changes nothing then', async () => {
    writeFileSync(file, line('bob') + line('bob', 'example.net'));
    await using runs = new RunsInTurn({ NKSIP_TS_PASS: 'secret' });
    for (const [args, sentence] of [
      [[file], 'passwd takes a file and a user'],
      [[file, 'a:b'], "'a:b' is no name for a user: it has a colon or a control character."],
      [[file, 'alice'], "Which realm is 'alice' of? Say --realm with the domain of the address, for example --realm example.com"],
      [[file, 'bob', '--realm', 'example.com', '--algorithm', 'sha1'], "--algorithm is one or more of MD5, SHA-256, SHA-512-256, not 'sha1'."],
      [[file, 'carol', '--realm', 'example.com', '--remove'], `There is no user 'carol' of 'example.com' in ${file}.`],
      [[join(folder, 'no', 'users'), 'carol', '--realm', 'example.com'], `there is no folder '${join(folder, 'no')}'`],
    ] as const) {
      const { code, err } = await runs.run('passwd', ...args);
      expect(err).to.include(sentence);
      expect(code).to.equal(1);
    }
    expect(await runs.end()).to.deep.equal({ code: 0, out: '', err: '' });
    expect((await passwd('', file, 'bob', '--realm', 'example.com')).err).to.include('There is no password');
    expect(readFileSync(file, 'utf8')).to.equal(line('bob') + line('bob', 'example.net'));
  });

  it('leaves a file as it is that has a name in it which is no UTF-8: it would be another one then', async () => {
    const before = Buffer.from(`${line('bob')}${line('j\u00f6rg')}`, 'latin1');
    writeFileSync(file, before);
    const { code, err } = await passwd('secret', file, 'bob');
    expect(err).to.include(`The file of users '${file}' cannot be used: line 2 is no UTF-8.`);
    expect(code).to.equal(1);
    expect(readFileSync(file).equals(before)).to.equal(true);
    expect((await run('check', '--users', file)).err).to.include('line 2 is no UTF-8.');
  });

  it('has a server that runs take the new password', async () => {
    await passwd('secret', file, 'alice', '--realm', 'example.com');
    await using server = new Command('serve', '--users', file, '--listen', 'sip:127.0.0.1:0');
    const [, proxy = ''] = await server.printed(/ready on (sip:127\.0\.0\.1:\d+).* npx nksip-ts publish sip:USER@example\.com --proxy /);
    const published = async (password: string): Promise<string> => (await run('publish', 'sip:alice@example.com', '--proxy', proxy, '--event', 'nkpublish', '--body', 'x', '--pass', password)).out.slice(0, 3);
    expect(await published('secret')).to.equal('200');
    await passwd('other', file, 'alice');
    await server.printed(/users was read again: 1 user\./);
    expect(await published('secret')).to.equal('401');
    expect(await published('other')).to.equal('200');
  });
});

async function passwd(password: string, ...args: readonly string[]): Promise<Finished> {
  return await inEnvironment({ NKSIP_TS_PASS: password }, () => run('passwd', ...args));
}
