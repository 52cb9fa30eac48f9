import { expect } from 'chai';
import { parse, type Message } from '@nksip-ts/sip';
import { dialogOfNotify, dialogOfRequest, dialogOfResponse, isWithin, refreshTarget, takeSequence } from '../../packages/core/src/dialog/dialog.ts';
import { cameFrom, goesOn, isProvedAt, proved, recentWays, type CameFrom } from '../../packages/core/src/dialog/came-from.ts';
import { firstHop, uriHop } from '../../packages/core/src/dialog/next-hop.ts';
import type { Source } from '../../packages/core/src/transport/transport.ts';
import { requestText } from '../kit/request-text.ts';

function messageOf(text: string): Message {
  const parsed = parse(Buffer.from(text));
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.message;
}

const contact = 'Contact: <sip:bob@192.0.2.7:5070>';

function subscribe(headers: readonly string[] = [contact], more: object = {}): Message {
  return messageOf(requestText({ method: 'SUBSCRIBE', cseq: '7 SUBSCRIBE', callId: 'c1', from: '"B" <sip:bob@example.com>;tag=b1', to: '<sip:alice@example.com>', headers, ...more }));
}

function sourceOf(parts: Partial<Source> = {}): Source {
  return { transport: 'udp', address: '198.51.100.1', port: 40_000, localAddress: '192.0.2.1', localPort: 5060, reply: () => undefined, ...parts };
}

const viaWithRport = { via: ['SIP/2.0/UDP 10.0.0.1:5061;rport;branch=z9hG4bKa'] };

function way(request: Message, isProved = false, source: Partial<Source> = {}): CameFrom {
  return cameFrom(request, sourceOf(source), isProved);
}

describe('a dialog', () => {
  it('C07 RFC 3261 12.1.1 is made of a request: our tag, its Contact, Record-Route in its order, its number', () => {
    const request = subscribe([contact, 'Record-Route: <sip:p1;lr>, <sip:p2;lr>', 'Record-Route: <sip:p3;lr>']);
    const dialog = dialogOfRequest(request, 'a1', way(request));
    expect(dialog).to.deep.include({
      callId: 'c1', localTag: 'a1', remoteTag: 'b1', local: '<sip:alice@example.com>;tag=a1', remote: '"B" <sip:bob@example.com>;tag=b1',
      remoteTarget: 'sip:bob@192.0.2.7:5070', routeSet: ['<sip:p1;lr>', '<sip:p2;lr>', '<sip:p3;lr>'], localSeq: 0, remoteSeq: 7,
    });
  });

  it('RFC 3261 12.1.2 is made of a 2xx: Record-Route in reverse order', () => {
    const response = messageOf([
      'SIP/2.0 200 OK', 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1', 'From: <sip:bob@example.com>;tag=b1', 'To: <sip:alice@example.com>;tag=a1', 'Call-ID: c1', 'CSeq: 3 SUBSCRIBE',
      'Contact: <sip:alice@192.0.2.9>', 'Record-Route: <sip:p1;lr>', 'Record-Route: <sip:p2;lr>', 'Content-Length: 0', '', '',
    ].join('\r\n'));
    expect(dialogOfResponse(response)).to.deep.include({
      callId: 'c1', localTag: 'b1', remoteTag: 'a1', local: '<sip:bob@example.com>;tag=b1', remote: '<sip:alice@example.com>;tag=a1',
      remoteTarget: 'sip:alice@192.0.2.9', routeSet: ['<sip:p2;lr>', '<sip:p1;lr>'], localSeq: 3, remoteSeq: 0, way: undefined,
    });
  });

  it('RFC 6665 4.4.1 is made of a NOTIFY, which may come before the 2xx', () => {
    const notify = subscribe([contact], { method: 'NOTIFY', cseq: '1 NOTIFY', to: '<sip:alice@example.com>;tag=a1' });
    expect(dialogOfNotify(notify, 12)).to.deep.include({ local: '<sip:alice@example.com>;tag=a1', localTag: 'a1', remoteTag: 'b1', localSeq: 12, remoteSeq: 1 });
  });

  it('is not made where Contact or Record-Route cannot be read', () => {
    for (const headers of [[], [contact, contact], ['Contact: *'], ['Contact: <mailto:a@b.example>'], [contact, 'Record-Route: nonsense'], [contact, 'Record-Route: <tel:1>']]) {
      const request = subscribe(headers);
      expect(dialogOfRequest(request, 'a1', way(request)), headers.join()).to.equal(undefined);
    }
  });

  it('RFC 3261 19.1.1 has a target without what no Request-URI may have', () => {
    const request = subscribe(['Contact: <sip:bob@192.0.2.7;method=INVITE;x=y?Subject=z>']);
    expect(dialogOfRequest(request, 'a1', way(request))?.remoteTarget).to.equal('sip:bob@192.0.2.7;x=y');
  });

  it('C24 RFC 3261 12.2.2 takes numbers that rise, by whatever step', () => {
    const request = subscribe();
    const dialog = dialogOfRequest(request, 'a1', way(request));
    if (dialog === undefined) throw new Error('no dialog');
    const taken = [9, 8, 9, 100].map((number) => takeSequence(dialog, { cseq: { number, method: 'SUBSCRIBE' } }));
    expect([taken, dialog.remoteSeq]).to.deep.equal([[true, false, true, true], 100]);
    expect(isWithin(dialog, { callId: 'c1', toTag: 'a1', fromTag: 'b1' })).to.equal(true);
    expect(isWithin(dialog, { callId: 'c1', toTag: 'a1', fromTag: 'B1' })).to.equal(false);
    expect([refreshTarget(dialog, subscribe()), refreshTarget(dialog, subscribe(['Contact: <sip:x@y.example>'])), refreshTarget(dialog, subscribe([]))]).to.deep.equal([false, true, false]);
    expect(dialog.remoteTarget).to.equal('sip:x@y.example');
  });
});

describe('where a request in a dialog goes', () => {
  function hopOf(request: Message, isProved: boolean, source: Partial<Source> = {}): ReturnType<typeof firstHop> {
    const dialog = dialogOfRequest(request, 'a1', way(request, isProved, source));
    if (dialog === undefined) throw new Error('no dialog');
    return firstHop(dialog);
  }
  const routed = [contact, 'Record-Route: <sip:192.0.2.50:5090;lr>'];
  const twoVias = { via: ['SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bKa', 'SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb'] };

  it('C61 straight: to the source; its port if rport was asked, else that of the Contact', () => {
    for (const isProved of [false, true]) {
      expect(hopOf(subscribe([contact], viaWithRport), isProved)).to.deep.equal({ kind: 'back', address: '198.51.100.1', port: 40_000 });
      expect(hopOf(subscribe([contact]), isProved)).to.deep.equal({ kind: 'back', address: '198.51.100.1', port: 5070 });
      expect(hopOf(subscribe(['Contact: <sip:bob@192.0.2.7>']), isProved)).to.deep.equal({ kind: 'back', address: '198.51.100.1', port: 5060 });
    }
  });

  it('RFC 3261 12.2.1.1 to the first Route, else behind a proxy to the Contact: but only if the address is proved', () => {
    expect(hopOf(subscribe(routed, twoVias), true)).to.deep.equal({ kind: 'back', address: '192.0.2.50', port: 5090 });
    expect(hopOf(subscribe([contact], twoVias), true)).to.deep.equal({ kind: 'back', address: '192.0.2.7', port: 5070 });
    expect(hopOf(subscribe(routed, twoVias), false)).to.deep.equal({ kind: 'back', address: '198.51.100.1', port: 40_000 });
    expect(hopOf(subscribe([contact, 'Record-Route: <sip:p.example.com;lr>'], twoVias), true)).to.deep.include({ kind: 'uri' });
    expect(hopOf(subscribe([contact, 'Record-Route: <sip:192.0.2.50;transport=tcp;lr>'], twoVias), true)).to.deep.include({ kind: 'uri' });
  });

  it('RFC 7118 over a WebSocket only back over it', () => {
    const request = subscribe(routed);
    const dialog = dialogOfRequest(request, 'a1', way(request, true, { transport: 'ws' }));
    if (dialog === undefined) throw new Error('no dialog');
    expect([firstHop(dialog), uriHop(dialog)]).to.deep.equal([{ kind: 'back', address: '198.51.100.1', port: 40_000 }, undefined]);
  });

  it('what was proved stays proved while requests come from the same address', () => {
    const request = subscribe();
    const known = way(request, true).refusingTcp();
    expect(goesOn(known, way(request))).to.deep.include({ isProved: true, refusesTcp: true });
    expect(goesOn(known, way(request, false, { address: '203.0.113.9' }))).to.deep.include({ isProved: false, refusesTcp: false });
    expect(goesOn(undefined, way(request))).to.deep.include({ isProved: false });
  });

  it('C22 what is answered proves the way that it went, and only to whoever has answered there', () => {
    const request = subscribe();
    const [came, elsewhere] = [way(request), way(request, false, { address: '203.0.113.9' })];
    expect(proved('198.51.100.1', came, came)).to.deep.include({ isProved: true, answeredAt: '' });
    expect(proved('198.51.100.1', came, way(request, false, { port: 41_000 }))).to.deep.include({ isProved: true, port: 41_000 });
    expect(proved('198.51.100.1', came, elsewhere)).to.equal(elsewhere);
    expect(proved('192.0.2.7', came, came)).to.deep.include({ isProved: false, answeredAt: '192.0.2.7' });
    expect(isProvedAt(proved('192.0.2.7', came.proved, came.proved), '192.0.2.7')).to.equal(true);
    expect([came.isProved, came.proved], 'the way of another dialog stays as it is').to.deep.equal([false, came.proved]);
  });

  it('ways of several dialogs with one peer are one object, also once they are proved', () => {
    const ways = recentWays();
    const request = subscribe();
    const first = ways.same(way(request));
    expect(ways.same(way(request))).to.equal(first);
    expect(ways.same(way(request)).proved).to.equal(first.proved);
    for (const other of [way(request, true), way(request, false, { port: 1 }), way(subscribe([contact], viaWithRport))]) expect(ways.same(other)).to.equal(other);
  });
});
