import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { owners } from '../../examples/owners.ts';
import { pages, root } from '../../docs/generator/pages.ts';
import { credentialsFor } from '../digest/credentials.ts';
import { publishText } from '../kit/request-text.ts';
import { closeAll, running } from '../wire/running.ts';
import { blocks } from './blocks.ts';

/** What decides by the user who has signed in, and not by the domain: it takes sip:alice@elsewhere for hers. */
function forgetsTheDomain(text: string): boolean {
  return /digestUsers/.test(text) && /ruri\.user/.test(text) && !/domain/.test(text);
}

describe('The owner of an address, in the examples', () => {
  afterEach(closeAll);

  async function publishing() {
    const service = await running({ plugins: ['event-compositor'], sip_events: 'nkpublish' }, owners('example.com', new Map([['alice', 'secret'], ['bob', 'secret']])));
    const send = (uri: string, headers: readonly string[] = []) => service.inject(publishText({ uri, body: 'x', headers }));
    return async (uri: string, user = 'alice'): Promise<number | undefined> => {
      const challenged = await send(uri);
      return (await send(uri, [`Authorization: ${credentialsFor(challenged?.header('WWW-Authenticate')[0] ?? '', { user, uri })}`]))?.code;
    };
  }

  for (const [uri, code] of [
    ['sip:alice@example.com', 200], ['sip:%61lice@EXAMPLE.com:5070;transport=udp', 200],
    ['sip:alice@elsewhere', 403], ['sip:alice@example.com.elsewhere', 403], ['sip:alice@127.0.0.1', 403], ['sip:bob@example.com', 403], ['sip:Alice@example.com', 403], ['sip:example.com', 403],
  ] as const) {
    it(`A37 signed in as alice of example.com, a PUBLISH to ${uri} is ${code}`, async () => {
      const publish = await publishing();
      expect(await publish(uri)).to.equal(code);
    });
  }

  it('A37 is what the pages show', () => {
    const code = readFileSync(join(root, 'examples/owners.ts'), 'utf8').trim();
    const shown = pages().filter(({ text }) => text.includes(code)).map(({ file }) => file);
    expect(shown).to.include.members(['docs/authentication.md', 'docs/security.md']);
  });

  it('A37 no other example goes by the user alone', () => {
    const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const wrong = [
      ...blocks().filter(({ text }) => forgetsTheDomain(text)).map(({ page, line }) => `${page}:${line}`),
      ...examples.filter((file) => forgetsTheDomain(readFileSync(join(root, 'examples', file), 'utf8'))),
    ];
    expect(wrong).to.deep.equal([]);
  });
});
