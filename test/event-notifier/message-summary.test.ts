import { expect } from 'chai';
import { anyPackage, messageSummary } from '@nksip-ts/event-notifier';
import { alice, published } from './documents.ts';
import { cpuTimeOf } from '../kit/cpu-time.ts';

const type = 'application/simple-message-summary';
const compose = (...bodies: readonly string[]): string =>
  Buffer.from(messageSummary.compose({ aor: alice, publications: bodies.map((body) => published(body, type)) }, type).data).toString();

describe('The package message-summary', () => {
  it('one publication goes through byte for byte', () => {
    const body = 'Messages-Waiting: yes\r\nVoice-Message: 1/2\r\n\r\nTo: <alice>\r\n';
    expect(compose(body)).to.equal(body);
  });

  it('nothing is a document all the same, or what the service says', () => {
    const hard = { data: Buffer.from('Messages-Waiting: yes\r\n'), content_type: type };
    expect(compose()).to.equal('Messages-Waiting: no\r\n');
    expect(messageSummary.compose({ aor: alice, publications: [], hard }, type)).to.equal(hard);
  });

  it('RFC 3842 3.10 several are added up, class by class', () => {
    expect(compose('Messages-Waiting: no\r\nvoice-message: 0/8 (0/2)\r\n', 'Messages-Waiting: YES\nVoice-Message: 3/1\nFax-Message: 1/0 (1/0)\n'))
      .to.equal('Messages-Waiting: yes\r\nVoice-Message: 3/9 (0/2)\r\nFax-Message: 1/0 (1/0)\r\n');
  });

  it('RFC 3842 5.2 the account stays if all mean the same one', () => {
    const body = (account: string) => `Messages-Waiting: no\r\nMessage-Account: ${account}\r\n`;
    expect(compose(body('sip:a@b'), body('sip:a@b'))).to.equal(body('sip:a@b'));
    expect(compose(body('sip:a@b'), body('sip:c@d'))).to.equal('Messages-Waiting: no\r\n');
  });

  it('counts beyond reach and lines of other kinds do no harm', () => {
    expect(compose(`Messages-Waiting: no\r\nVoice-Message: ${'9'.repeat(400)}/1\r\n`, 'Messages-Waiting: no\r\nVoice-Message: x\r\nNonsense\r\n'))
      .to.equal('Messages-Waiting: no\r\nVoice-Message: 4294967295/1 (0/0)\r\n');
  });

  it('is read in a time that is linear in its size, whatever spaces an account has', () => {
    const took = (spaces: number): number => {
      const body = `Messages-Waiting: yes\r\nMessage-Account: x${' '.repeat(spaces)}y\u2028\r\n`;
      return cpuTimeOf(() => { for (let n = 0; n < 5; n++) compose(body, body); });
    };
    took(1000);
    expect(took(60_000)).to.be.below(1000);
  });

  it('validates the first line', () => {
    const faultOf = (body: string) => messageSummary.validate?.({ aor: alice, data: Buffer.from(body), content_type: type });
    expect(faultOf('Messages-Waiting: yes')).to.equal(undefined);
    expect(faultOf('Messages-Waiting: maybe')).to.match(/first line/);
  });
});

describe('An event package that nobody has defined', () => {
  it('gives the newest publication as it is, of any type', () => {
    const { data, content_type } = anyPackage('x').compose({ aor: alice, publications: [published('old', 'a/b'), published('\0new', 'c/d;e=f')] }, '*/*');
    expect([Buffer.from(data).toString(), content_type]).to.deep.equal(['\0new', 'c/d']);
  });
});
