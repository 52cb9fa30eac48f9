import { expect } from 'chai';
import type { Service, SipResponse } from '@nksip-ts/core';
import '@nksip-ts/event-compositor';
import { injected } from '../kit/injected.ts';
import { fresh, publishText, type RequestParts, requestText } from '../kit/request-text.ts';
import { closeAll, overStream, overUdp, running } from '../wire/running.ts';

const ok = () => ['reply', 'ok'];

function answer(service: Service, parts: RequestParts): Promise<SipResponse> {
  return injected(service, requestText(parts));
}

async function allowOf(service: Service): Promise<readonly string[]> {
  return (await answer(service, { method: 'OPTIONS' })).header('Allow');
}

describe('the methods of a service', () => {
  afterEach(closeAll);

  it('A33 a method that nobody serves is 405 with Allow, in which it is absent', async () => {
    const service = await running();
    for (const method of ['PUBLISH', 'MESSAGE', 'INFO', 'SUBSCRIBE', 'NOTIFY', 'REGISTER', 'REFER', 'BYE', 'UPDATE', 'PRACK']) {
      const response = await answer(service, { method });
      expect([response.code, response.reason, ...response.header('Allow')]).to.deep.equal([405, 'Method Not Allowed', 'OPTIONS']);
    }
  });

  it('A33 D14 a method that is not known is 501; methods are case-sensitive, and any token is one', async () => {
    const service = await running({}, { sip_publish: ok });
    for (const method of ['publish', 'Publish', 'NEWMETHOD', "!interesting-Method0123456789_*+`.%indeed'~"]) {
      const response = await answer(service, { method });
      expect([response.code, response.reason], method).to.deep.equal([501, 'Not Implemented']);
    }
  });

  it('A33 Allow lists what somebody serves: the module, a plugin, and OPTIONS which core serves itself', async () => {
    expect(await allowOf(await running())).to.deep.equal(['OPTIONS']);
    expect(await allowOf(await running({}, { sip_message: ok, sip_publish: ok }))).to.deep.equal(['OPTIONS, PUBLISH, MESSAGE']);
    expect(await allowOf(await running({ plugins: ['event-compositor'], sip_events: 'nkpublish' }))).to.deep.equal(['OPTIONS, PUBLISH']);
  });

  it('A33 sip_allow replaces the computed list, and what it leaves out is not served', async () => {
    const service = await running({ sip_allow: 'OPTIONS, MESSAGE' }, { sip_message: ok, sip_publish: ok });
    expect(await allowOf(service)).to.deep.equal(['OPTIONS, MESSAGE']);
    const refused = await answer(service, { method: 'PUBLISH' });
    expect([refused.code, ...refused.header('Allow')]).to.deep.equal([405, 'OPTIONS, MESSAGE']);
    expect((await answer(service, { method: 'MESSAGE' })).code).to.equal(200);
  });

  it('A33 a method that sip_allow names and nobody serves is 405 all the same', async () => {
    const service = await running({ sip_allow: 'OPTIONS, REFER, INVITE' });
    expect((await answer(service, { method: 'REFER' })).code).to.equal(405);
    expect((await answer(service, { method: 'INVITE' })).code).to.equal(405);
  });

  it('A32 OPTIONS is 200 with Allow, Allow-Events, Accept and Supported, to the server and to a user', async () => {
    const service = await running({ plugins: ['event-compositor'], sip_events: 'presence, dialog', sip_accept: 'application/pidf+xml, text/plain', sip_supported: ['path'] });
    for (const uri of ['sip:example.com', 'sip:alice@example.com']) {
      const response = await answer(service, { method: 'OPTIONS', uri });
      expect(response.code).to.equal(200);
      expect(response.header('Allow')).to.deep.equal(['OPTIONS, PUBLISH']);
      expect(response.header('Allow-Events')).to.deep.equal(['presence, dialog']);
      expect(response.header('Accept')).to.deep.equal(['application/pidf+xml, text/plain']);
      expect(response.header('Supported')).to.deep.equal(['path']);
    }
  });

  it('A32 RFC 3261 20.37: an empty Supported says that no extension is; without event packages there is no Allow-Events', async () => {
    const response = await answer(await running(), { method: 'OPTIONS' });
    expect(response.header('Supported')).to.deep.equal(['']);
    expect(response.header('Allow-Events')).to.deep.equal([]);
    expect(response.header('Accept')).to.deep.equal(['*/*']);
  });

  it('A32 a module may answer OPTIONS itself', async () => {
    const service = await running({}, { sip_options: () => ['reply', ['ok', { add: { 'X-Own': 'yes' } }]] });
    const response = await answer(service, { method: 'OPTIONS' });
    expect(response.header('X-Own')).to.deep.equal(['yes']);
    expect(response.header('Allow')).to.deep.equal([]);
  });

  it('RFC 3261 17.2.1: INVITE is 405 over UDP; repeated it gets the same bytes, and its ACK is absorbed', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=udp' });
    const peer = await overUdp(service);
    const invite = requestText({ method: 'INVITE', port: peer.port, callId: 'invite' });
    const response = await peer.ask(invite);
    expect([response.code, response.one('Allow')]).to.deep.equal([405, 'OPTIONS']);
    expect((await peer.ask(invite)).text).to.equal(response.text);
    peer.send(invite.replaceAll('INVITE', 'ACK').replace(/To: .*/, `To: ${response.one('To')}`));
    // Confirmed: the INVITE once more is absorbed as well, so what comes next answers the OPTIONS.
    peer.send(invite);
    const next = await peer.ask(requestText({ method: 'OPTIONS', port: peer.port }));
    expect([next.code, next.one('CSeq')]).to.deep.equal([200, '1 OPTIONS']);
  });

  it('RFC 3261 17.2.1: INVITE over TCP is 405 once, and its ACK gets nothing', async () => {
    const service = await running({ sip_listen: 'sip:127.0.0.1:0;transport=tcp' });
    const peer = await overStream(service);
    const invite = requestText({ method: 'INVITE', via: ['SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKi'] });
    expect((await peer.ask(invite)).code).to.equal(405);
    peer.send(invite.replaceAll('INVITE', 'ACK'));
    expect((await peer.ask(requestText({ method: 'OPTIONS' }))).one('CSeq')).to.equal('1 OPTIONS');
  });

  it('RFC 3261 22.1: ACK and CANCEL are not authorized: they cannot be challenged', async () => {
    const asked: string[] = [];
    const service = await running({}, { sip_authorize: (_list: unknown, req: { method: string }) => { asked.push(req.method); return 'forbidden'; } });
    expect(await service.inject(requestText({ method: 'ACK' }))).to.equal(undefined);
    expect(await service.inject(requestText({ method: 'ACK' }).replace('Content-Length: 0', 'Content-Length: 9')), 'malformed').to.equal(undefined);
    expect((await answer(service, { method: 'CANCEL' })).code).to.equal(481);
    expect((await answer(service, { method: 'INVITE' })).code).to.equal(403);
    expect(asked).to.deep.equal(['INVITE']);
  });

  it('D47 RFC 3261 9.2: a CANCEL that belongs to nothing is 481', async () => {
    const service = await running({}, { sip_publish: ok });
    const via = [`SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK${fresh('cancel')}`];
    await service.inject(publishText({ via, callId: 'one' }));
    const response = await answer(service, { method: 'CANCEL', via, callId: 'another' });
    expect([response.code, response.reason]).to.deep.equal([481, 'Call/Transaction Does Not Exist']);
    expect((await answer(service, { method: 'CANCEL', callId: 'one' })).code, 'over another way').to.equal(481);
  });

  it('D46 RFC 3261 9.2: a CANCEL for a PUBLISH is 200 with the same To tag, and changes nothing', async () => {
    let finish: (reply: unknown) => void = () => undefined;
    const service = await running({}, { sip_publish: () => new Promise((resolve) => { finish = resolve; }) });
    const parts = { branch: 'c', callId: 'cancelled', cseq: '7 PUBLISH' };
    const published = service.inject(requestText(parts));
    const cancel = await answer(service, { ...parts, method: 'CANCEL', cseq: '7 CANCEL' });
    expect([cancel.code, ...cancel.header('CSeq')]).to.deep.equal([200, '7 CANCEL']);
    finish(['reply', 'ok']);
    const response = await published;
    expect(response?.code).to.equal(200);
    expect(cancel.header('To')).to.deep.equal(response?.header('To'));
    const late = await answer(service, { ...parts, method: 'CANCEL', cseq: '7 CANCEL' });
    expect([late.code, late.header('To')]).to.deep.equal([200, cancel.header('To')]);
  });

  it('D46 RFC 3261 9.2: a CANCEL for an INVITE that was refused is 200', async () => {
    const service = await running();
    const parts = { branch: 'c', callId: fresh('invited') };
    const refused = await answer(service, { ...parts, method: 'INVITE' });
    const cancel = await answer(service, { ...parts, method: 'CANCEL' });
    expect(cancel.code).to.equal(200);
    expect(cancel.header('To')).to.deep.equal(refused.header('To'));
  });
});
