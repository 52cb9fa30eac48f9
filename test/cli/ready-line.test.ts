import { expect } from 'chai';
import { readyLine } from '../../packages/cli/src/output/ready-line.ts';

const udp = 'sip:127.0.0.1:5060;transport=udp';

function ready(addresses: readonly string[], options: Readonly<Record<string, unknown>> = {}, listenGiven = true, chains: Readonly<Record<string, readonly string[]>> = { sip_publish: ['event-compositor', 'core'] }): string {
  return readyLine({ id: 'mine', addresses, chain: (name) => chains[name] ?? ['core'] }, { sip_events: 'presence, nkpublish', ...options }, listenGiven);
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
    expect(ready([udp], {}, true, {})).to.include('npx nksip-ts options');
  });

  it('goes to UDP or TCP first, to TLS without verifying, and never to a WebSocket', () => {
    const [ws, tls, tcp] = ['sip:127.0.0.1:80;transport=ws', 'sips:127.0.0.1:5061;transport=tls', 'sip:0.0.0.0:5070;transport=tcp'] as const;
    expect(ready([ws, tls, tcp])).to.include("publish 'sip:alice@127.0.0.1:5070;transport=tcp'");
    expect(ready([ws, tls])).to.include("publish sips:alice@127.0.0.1:5061 --event nkpublish --body hello --set tls_verify=false");
    expect(ready([ws])).to.equal(`mine is ready on ${ws}`);
    expect(ready(['sip:[::]:5060;transport=udp'])).to.include("publish 'sip:alice@[::1]:5060' ");
  });

  it('goes by way of the address to a domain of the service, where the address is none of them', () => {
    expect(ready([udp], { sip_domains: 'example.com, example.net' })).to.include(': npx nksip-ts publish sip:alice@example.com --proxy sip:127.0.0.1:5060 --event nkpublish --body hello');
    expect(ready(['sip:127.0.0.1:5060;transport=tcp'], { sip_domains: ['example.com'] })).to.include("sip:alice@example.com --proxy 'sip:127.0.0.1:5060;transport=tcp' --event");
    expect(ready([udp], { sip_domains: 'example.com, 127.0.0.1' })).to.include('publish sip:alice@127.0.0.1:5060 --event');
    expect(ready([udp], { sip_domains: '' })).not.to.include('npx');
  });

  it('asks for a user and a password where one signs in, at the domain that is the realm unless another one is named', () => {
    const chains = { sip_publish: ['event-compositor', 'core'], sip_authorize: ['mine', 'core'], sip_get_user_pass: ['mine', 'core'] };
    expect(ready([udp], {}, true, chains)).to.include(', as a USER who can sign in with PASSWORD: npx nksip-ts publish sip:USER@127.0.0.1:5060 --event nkpublish --body hello --pass PASSWORD');
    expect(ready([udp], { sip_from: 'sip:server@example.com' }, true, chains)).to.include('publish sip:USER@example.com --proxy sip:127.0.0.1:5060 --event');
    expect(ready([udp], {}, true, { ...chains, sip_get_user_pass: ['core'] })).not.to.include('PASSWORD');
  });

  it('does without any address', () => {
    expect(ready([])).to.equal('mine is ready on no address');
  });
});
