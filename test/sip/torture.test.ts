import { checkRequest, checkResponse, Header, parse, parseNameAddrList, parseUri, type Message } from '@nksip-ts/sip';
import { expect } from 'chai';
import { messageOf } from '../kit/parsed.ts';
import { tortureMessages } from './torture-messages.ts';

function outcome(bytes: Buffer): 'accepted' | 'dropped' | number {
  const result = parse(bytes);
  if (!result.ok) return result.message === undefined ? 'dropped' : result.code;
  const refusal = result.message.isRequest ? checkRequest(result.message) : checkResponse(result.message);
  if (refusal === undefined) return 'accepted';
  return result.message.isRequest ? refusal.code : 'dropped';
}

function accepted(section: string): Message {
  return messageOf(tortureMessages.find((message) => message.section === section)!.bytes);
}

describe('RFC 4475 messages', () => {
  it('D54 RFC 4475 every section of 3.1 to 3.4 has its message', () => {
    const valid = Array.from({ length: 13 }, (_, i) => `3.1.1.${i + 1}`);
    const invalid = Array.from({ length: 19 }, (_, i) => `3.1.2.${i + 1}`);
    const application = Array.from({ length: 15 }, (_, i) => `3.3.${i + 1}`);
    expect(tortureMessages.map((message) => message.section)).to.deep.equal([...valid, ...invalid, '3.2.1', ...application, '3.4.1']);
  });

  for (const { section, name, bytes, expect: wanted } of tortureMessages) {
    const verb = typeof wanted === 'number' ? `is refused with ${wanted}` : `is ${wanted}`;
    it(`RFC 4475 ${section} ${name} ${verb}`, () => {
      expect(outcome(bytes)).to.equal(wanted);
    });
  }

  it('RFC 4475 3.1.1.1 is read through all its folds, blanks, cases and compact forms', () => {
    const message = accepted('3.1.1.1');
    expect(message.topVia).to.include({ transport: 'UDP', host: '192.0.2.2', branch: '390engine' });
    expect(message.list(Header.Via)).to.have.length(3);
    expect(message.cseq).to.deep.equal({ number: 9, method: 'INVITE' });
    expect(message.toTag).to.equal('7788990011q');
    expect(message.fromTag).to.equal('12qwas34');
    expect(message.from?.displayName).to.equal('A Lovelace \\"');
    expect(message.header('subject')).to.deep.equal(['']);
    expect(message.header('novelheader')).to.deep.equal(['novel value continued novel value']);
    const contacts = parseNameAddrList(message.values(Header.Contact));
    expect(contacts).to.have.length(1);
    expect(contacts?.[0]).to.deep.include({ displayName: 'Quoted string ""', uri: 'sip:lovelace@example.com' });
  });

  it('RFC 4475 3.1.1.2 keeps control characters and UTF-8 of quoted strings', () => {
    const message = accepted('3.1.1.2');
    expect(message.to?.displayName).to.equal('BEL:\x07 NUL:\x00 DEL:\x7f');
    expect(message.from?.params.get("fromparam''~+*_!.-%")).to.equal('работающий');
    expect(message.uri?.user).to.equal("9_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
    expect(message.header("extensionheader-!.%*+_`'~")).to.deep.equal(['\ufeff大停電']);
  });

  it('RFC 4475 3.1.1.3 undoes escapes in user, names and values of parameters', () => {
    const message = accepted('3.1.1.3');
    expect(message.uri).to.include({ user: 'sips:grace@example.com', domain: 'example.net' });
    expect(parseUri(message.to?.uri ?? '')?.user).to.equal('grace');
    const [contact] = parseNameAddrList(message.values(Header.Contact)) ?? [];
    const params = typeof contact === 'object' ? parseUri(contact.uri)?.params : undefined;
    expect([...params ?? []]).to.deep.equal([['lr', ''], ['name', 'value%41']]);
  });

  it('RFC 4475 3.1.1.5 undoes no escape outside URIs', () => {
    const message = accepted('3.1.1.5');
    expect(message.method).to.equal('RE%47IST%45R');
    expect(message.count(Header.Contact)).to.equal(2);
    expect(message.header('c%6fntact')).to.have.length(1);
    expect(message.to?.displayName).to.equal('%Z%45');
  });

  it('RFC 4475 3.1.1.7 counts all of 34 Vias', () => {
    expect(accepted('3.1.1.7').list(Header.Via)).to.have.length(34);
  });

  it('RFC 4475 3.1.1.8 ends the body where Content-Length says', () => {
    expect(accepted('3.1.1.8').body).to.have.length(0);
  });

  it('RFC 4475 3.1.1.9 keeps semicolons in the user part', () => {
    expect(accepted('3.1.1.9').uri).to.deep.include({ user: 'grace;par=u@example.net', domain: 'example.com', params: new Map() });
  });

  it('RFC 4475 3.1.1.12, 3.1.1.13 reads any reason phrase', () => {
    expect(accepted('3.1.1.12').reason).to.equal('= 2**3 * 5**2 но сто девяносто девять - простое');
    expect(accepted('3.1.1.13')).to.include({ status: 100, reason: '' });
  });

  it('RFC 4475 3.1.2.13 finds the Contact without <> malformed', () => {
    expect(parseNameAddrList(accepted('3.1.2.13').values(Header.Contact))).to.equal(undefined);
  });

  it('RFC 4475 3.3.12, 3.3.13 tells header parameters from those of the URI', () => {
    const [ofHeader] = parseNameAddrList(accepted('3.3.12').values(Header.Contact)) ?? [];
    const [ofUri] = parseNameAddrList(accepted('3.3.13').values(Header.Contact)) ?? [];
    expect(ofHeader).to.deep.equal({ uri: 'sip:+19725552222@gw1.example.net', params: new Map([['unknownparam', '']]) });
    expect(ofUri).to.deep.equal({ uri: 'sip:+19725552222@gw1.example.net;unknownparam', params: new Map() });
  });

  it('RFC 4475 3.4.1 takes a From without tag, a Via without branch, no Max-Forwards and no Content-Length', () => {
    const message = accepted('3.4.1');
    expect(message.fromTag).to.equal('');
    expect(message.topVia?.branch).to.equal(undefined);
    expect(message.to).to.deep.include({ uri: 'sip:+16505552222@ss1.example.net' });
    expect(Buffer.from(message.body).toString()).to.match(/^v=0/);
  });
});
