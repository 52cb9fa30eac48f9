import { definePlugin, update, type Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { fresh, requestText } from '../kit/request-text.ts';
import { closeAll, LogRecorder, running } from '../wire/running.ts';

const passwords = { sip_get_user_pass: () => 'secret' };
const asking = { sip_authorize: () => 'authenticate' as const };

describe('callbacks of which one is of no use without the other', () => {
  afterEach(closeAll);

  async function started(module: object, plugins: readonly unknown[] = []) {
    const logger = new LogRecorder();
    const service = await running({ logger, plugins }, module);
    const warnings = (): readonly string[] => logger.lines.filter(({ level }) => level === 'warn').map(({ message }) => message);
    return { service, warnings };
  }
  const ask = async (service: Service): Promise<number | undefined> => (await service.inject(requestText()))?.code;
  const plugin = (callbacks: object) => definePlugin({ name: fresh('sign-in'), callbacks: () => callbacks } as unknown as Parameters<typeof definePlugin>[0]);

  it('passwords that nobody asks for are a warning at start, whoever gives them', async () => {
    const said = "implements sip_get_user_pass, but nobody implements sip_authorize: no request is ever asked for a password, and everybody is let in. Implement sip_authorize, and return 'authenticate' there until authList says that the credentials hold.";
    const { service, warnings } = await started(passwords);
    expect(warnings()).to.deep.equal([`'${service.id}' ${said}`]);
    await update(service, { sip_domains: 'example.com' });
    expect(warnings(), 'once').to.have.length(1);
    const users = plugin(passwords);
    expect((await started({}, [users])).warnings()).to.deep.equal([`'${users.name}' ${said}`]);
  });

  it('are no warning where a plugin asks, or one gives the passwords', async () => {
    expect((await started(passwords, [plugin(asking)])).warnings()).to.deep.equal([]);
    const { service, warnings } = await started(asking, [plugin(passwords)]);
    expect([await ask(service), warnings()]).to.deep.equal([401, []]);
  });

  it('a challenge that nobody can answer is a warning when the first one goes out, and one of sip_authorize that never asks is none', async () => {
    const { service, warnings } = await started(asking);
    expect(warnings()).to.deep.equal([]);
    expect([await ask(service), await ask(service)]).to.deep.equal([401, 401]);
    expect(warnings()).to.deep.equal(['sip_authorize asked a request for credentials, but nobody implements sip_get_user_pass, which gives the password of a user: nobody can sign in.']);
    const byAddress = await started({ sip_authorize: () => 'forbidden' });
    expect([await ask(byAddress.service), byAddress.warnings()]).to.deep.equal([403, []]);
  });

  it('a challenge in the reply of a method is a warning where nobody implements sip_authorize', async () => {
    const { service, warnings } = await started({ sip_publish: () => ['reply', 'authenticate'] });
    expect(await ask(service)).to.equal(401);
    expect(warnings()).to.deep.equal(['A request was asked for credentials, but nobody implements sip_authorize, and without it none are looked at: ask for them there.']);
  });
});
