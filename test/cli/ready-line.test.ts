import { expect } from 'chai';
import { readyLine } from '../../packages/cli/src/ready-line.ts';

const udp = 'sip:127.0.0.1:5060;transport=udp';

function ready(addresses: readonly string[], options: Readonly<Record<string, unknown>> = {}, listenGiven = true, chain = ['event-compositor', 'core']): string {
  return readyLine({ id: 'mine', addresses, chain: () => chain }, { sip_events: 'presence, nkpublish', ...options }, listenGiven);
}

describe('the ready line', () => {
  it('says where, what to try, and how to let others in unless that was decided', () => {
    const line = `mine is ready on ${udp}; try from a second terminal: npx nksip-ts publish sip:alice@127.0.0.1:5060 --event nkpublish --body hello`;
    expect(ready([udp])).to.equal(line);
    expect(ready([udp], {}, false)).to.equal(`${line}; to listen for the network: --listen sip:all:5060`);
  });

  it('publishes a package of the service, and a document where the package wants one', () => {
    expect(ready([udp], { sip_events: ['own', 'dialog'] })).to.include('--event own --body hello');
    expect(ready([udp], { sip_events: 'dialog' })).to.include('--event dialog --body @FILE');
    expect(ready([udp], { sip_event_compositor_content_types: { nkpublish: ['text/html'] } })).to.include('--event presence --body @FILE');
  });

  it('asks for options where nothing can be published', () => {
    expect(ready([udp], { sip_events: undefined })).to.include('npx nksip-ts options sip:alice@127.0.0.1:5060');
    expect(ready([udp], {}, true, ['core'])).to.include('npx nksip-ts options');
  });

  it('goes to UDP or TCP first, to TLS without verifying, and never to a WebSocket', () => {
    const [ws, tls, tcp] = ['sip:127.0.0.1:80;transport=ws', 'sips:127.0.0.1:5061;transport=tls', 'sip:0.0.0.0:5070;transport=tcp'] as const;
    expect(ready([ws, tls, tcp])).to.include("publish 'sip:alice@127.0.0.1:5070;transport=tcp'");
    expect(ready([ws, tls])).to.include("publish 'sips:alice@127.0.0.1:5061;transport=tls' --event nkpublish --body hello --set tls_verify=false");
    expect(ready([ws])).to.equal(`mine is ready on ${ws}`);
    expect(ready(['sip:[::]:5060;transport=udp'])).to.include("publish 'sip:alice@[::1]:5060' ");
  });

  it('does without any address', () => {
    expect(ready([])).to.equal('mine is ready on no address');
  });
});
