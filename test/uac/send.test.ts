import { expect } from 'chai';
import { useFakeTimers, type SinonFakeTimers } from 'sinon';
import { KnownChallenges } from '../../packages/core/src/digest/known-challenges.ts';
import { NksipError } from '../../packages/core/src/errors.ts';
import { ClientTable } from '../../packages/core/src/transaction/client-table.ts';
import { wholeOf } from '../../packages/core/src/transport/head-and-body.ts';
import type { Flow, FlowUse, FlowUser, Target, TransportName } from '../../packages/core/src/transport/transport.ts';
import { draftRequest } from '../../packages/core/src/uac/build.ts';
import { localEndMaker } from '../../packages/core/src/uac/local-end.ts';
import type { SendingOptions } from '../../packages/core/src/uac/request-options.ts';
import { send, type Outcome } from '../../packages/core/src/uac/send.ts';
import type { UacHost } from '../../packages/core/src/uac/uac-host.ts';
import { rejectionOf } from '../kit/caught.ts';
import { silentLogger } from '../kit/loggers.ts';
import { messageOf, uriOf } from '../kit/parsed.ts';
import { MessageText, responseTo } from '../kit/received-text.ts';

const identity = { from: 'sip:client1@nksip', route: [] };
const refused = new NksipError('transport_error', { transport: 'tcp', reason: 'nobody listens there' });

function target(transport: TransportName, address: string): Target {
  return { transport, address, port: 5060, host: 'peer.example' };
}

/** What a server at some address does with a request: answer a status, stay silent, or not be there. */
type Behaviour = string | 'silent' | 'refused';

/** A network of servers that behave as they are told. */
class Network {
  readonly clients = new ClientTable(10);
  /** Requests as they arrived, each with the transport and address. */
  readonly arrived: { readonly at: string; readonly request: MessageText }[] = [];
  readonly resolved: string[] = [];
  readonly watchers = new Set<FlowUser>();
  localAddress = '10.0.0.1';
  /** Ways for one request that are not released yet. */
  held = 0;
  #drawn = 0;

  constructor(readonly servers: Readonly<Record<string, Behaviour>>, readonly change: Partial<UacHost> = {}) {}

  get host(): UacHost {
    return {
      id: 'client1', instance: 'urn:uuid:1', identity, timers: { t1: 500, t2: 4000 }, udpMaxSize: 1300, clients: this.clients, challenges: new KnownChallenges(),
      localEnd: localEndMaker({}), log: silentLogger,
      resolve: async (_uri, over) => this.#resolve(over),
      open: async (to, use) => this.#open(to, use),
      nextCseq: () => 1,
      randomHex: (bytes) => String(++this.#drawn).padStart(2 * bytes, '0'),
      ...this.change,
    };
  }

  #resolve(over: 'any' | 'streams'): Target[] {
    this.resolved.push(over);
    const targets = Object.keys(this.servers).map((at) => at.split(' ')).map(([transport = '', address = '']) => target(transport as TransportName, address));
    const chosen = targets.filter(({ transport }) => (over === 'streams') === (transport !== 'udp') || targets.every((one) => one.transport !== 'udp'));
    if (chosen.length === 0) throw new NksipError('resolve_failed', { host: 'peer.example', reason: 'nothing' });
    return chosen;
  }

  #open({ transport, address }: Target, use?: FlowUse): Flow {
    const at = `${transport} ${address}`;
    const behaviour = this.servers[at];
    if (behaviour === 'refused') throw refused;
    if (use === 'request') this.held++;
    return {
      transport, localAddress: this.localAddress, localPort: 5070, isUsed: false,
      send: (bytes) => {
        void Promise.resolve().then(() => this.#arrive(at, behaviour ?? 'silent', new MessageText(Buffer.from(wholeOf(bytes)).toString())));
      },
      watch: (user) => void this.watchers.add(user),
      unwatch: (user) => void this.watchers.delete(user),
      release: () => void this.held--,
    };
  }

  #arrive(at: string, behaviour: Behaviour, request: MessageText): void {
    this.arrived.push({ at, request });
    if (behaviour !== 'silent') this.clients.receive(messageOf(responseTo(request, behaviour)));
  }

  get places(): readonly string[] {
    return this.arrived.map(({ at }) => at);
  }
}

describe('sending a request', () => {
  let clock: SinonFakeTimers;

  beforeEach(() => (clock = useFakeTimers()));
  afterEach(() => clock.restore());

  function start(network: Network, options: SendingOptions = {}, uriText = 'sip:b@peer.example', seconds = 64): Promise<Outcome> {
    const uri = uriOf(uriText);
    const draft = draftRequest('PUBLISH', uri, options, identity, { callId: 'call1', fromTag: 'tag1', cseq: 7 });
    return send(network.host, draft, 1000 * seconds);
  }

  function summary({ response, local }: Outcome): number | string | undefined {
    return response?.status ?? local;
  }

  /** Nothing is left behind: no timer, no watcher, no transaction. */
  function expectNothingLeft(network: Network): void {
    clock.tick(5000);
    expect(clock.countTimers()).to.equal(0);
    expect(network.watchers.size).to.equal(0);
    expect(network.held).to.equal(0);
    expect(network.clients.size).to.equal(0);
  }

  it('resolves with the final response of the first target', async () => {
    const network = new Network({ 'udp 10.1.1.1': '412 Conditional Request Failed', 'udp 10.1.1.2': '200 OK' });
    expect(summary(await start(network))).to.equal(412);
    expect(network.places).to.deep.equal(['udp 10.1.1.1']);
    expectNothingLeft(network);
  });

  it('D50 RFC 3263 4.3 goes to the next target after a 503, the same request but for a new branch', async () => {
    const network = new Network({ 'tcp 10.1.1.1': '503 Service Unavailable', 'tcp 10.1.1.2': '200 OK' });
    expect(summary(await start(network))).to.equal(200);
    expect(network.places).to.deep.equal(['tcp 10.1.1.1', 'tcp 10.1.1.2']);
    const [first, second] = network.arrived.map(({ request }) => request);
    expect(first?.branch).to.match(/^z9hG4bK/).and.not.equal(second?.branch);
    const others = (request: MessageText | undefined): string | undefined => request?.text.replace(/branch=\w+/, '');
    expect(others(first)).to.equal(others(second));
    expectNothingLeft(network);
  });

  it('RFC 3263 4.3 goes to the next target when one refuses, and when one stays silent for 64*T1', async () => {
    const network = new Network({ 'tcp 10.1.1.1': 'refused', 'tcp 10.1.1.2': 'silent', 'tcp 10.1.1.3': '200 OK' });
    const outcome = start(network);
    await clock.tickAsync(31_999);
    expect(network.places).to.deep.equal(['tcp 10.1.1.2']);
    await clock.tickAsync(1);
    expect(summary(await outcome)).to.equal(200);
    expect(network.places).to.deep.equal(['tcp 10.1.1.2', 'tcp 10.1.1.3']);
    expectNothingLeft(network);
  });

  it('B21 sends again over UDP until the answer comes', async () => {
    const network = new Network({ 'udp 10.1.1.1': 'silent' });
    const outcome = start(network);
    await clock.tickAsync(1600);
    expect(network.places).to.have.length(3);
    expect(new Set(network.arrived.map(({ request }) => request.text)).size).to.equal(1);
    const [{ request } = { request: new MessageText('') }] = network.arrived;
    network.clients.receive(messageOf(responseTo(request, '200 OK')));
    expect(summary(await outcome)).to.equal(200);
    expectNothingLeft(network);
  });

  it('is a local timeout when nobody answers', async () => {
    const network = new Network({ 'udp 10.1.1.1': 'silent' });
    const outcome = start(network);
    await clock.tickAsync(32_000);
    expect(await outcome).to.deep.equal({ local: 'timeout' });
    expectNothingLeft(network);
  });

  it('D28 is a local transport failure when no target can be reached, and when the name leads nowhere', async () => {
    expect(await start(new Network({ 'tcp 10.1.1.1': 'refused', 'tcp 10.1.1.2': 'refused' }))).to.deep.equal({ local: 'transport', error: refused });
    expect(summary(await start(new Network({})))).to.equal('transport');
    expect(clock.countTimers()).to.equal(0);
  });

  it('D28 is a local transport failure when the flow breaks before the answer', async () => {
    const network = new Network({ 'tcp 10.1.1.1': 'silent' });
    const outcome = start(network);
    await clock.tickAsync(10);
    for (const user of [...network.watchers]) user.transportFailed(refused);
    expect(await outcome).to.deep.equal({ local: 'transport', error: refused });
    expectNothingLeft(network);
  });

  it('keeps a 503 that came over a failure that came later', async () => {
    expect(summary(await start(new Network({ 'tcp 10.1.1.1': '503 Service Unavailable', 'tcp 10.1.1.2': 'refused' })))).to.equal(503);
  });

  it('keeps a 503 where its time is over before the next target has answered: it may have a Retry-After', async () => {
    const network = new Network({ 'tcp 10.1.1.1': '503 Service Unavailable', 'tcp 10.1.1.2': 'silent' });
    const outcome = start(network, {}, 'sip:b@peer.example', 10);
    await clock.tickAsync(10_000);
    expect(summary(await outcome)).to.equal(503);
    expectNothingLeft(network);
  });

  it('gives everything up at the end of the time that it has', async () => {
    const network = new Network({ 'tcp 10.1.1.1': 'silent', 'tcp 10.1.1.2': 'silent', 'tcp 10.1.1.3': '200 OK' });
    const outcome = start(network, {}, 'sip:b@peer.example', 40);
    await clock.tickAsync(40_000);
    expect(await outcome).to.deep.equal({ local: 'timeout' });
    await clock.tickAsync(60_000);
    expect(network.places).to.deep.equal(['tcp 10.1.1.1', 'tcp 10.1.1.2']);
    expectNothingLeft(network);
  });

  it('gives up while a name is looked up or a connection is opened', async () => {
    for (const stuck of ['resolve', 'open'] as const) {
      const network = new Network({ 'tcp 10.1.1.1': '200 OK' }, { [stuck]: () => new Promise<never>(() => undefined) });
      const outcome = start(network, {}, 'sip:b@peer.example', 1);
      await clock.tickAsync(1000);
      expect(await outcome).to.deep.equal({ local: 'timeout' });
      expectNothingLeft(network);
    }
  });

  it('sends nothing over a connection that opens after the end', async () => {
    let opened: (flow: Flow) => void = () => undefined;
    const network = new Network({ 'tcp 10.1.1.1': '200 OK' });
    const host = { ...network.host, open: () => new Promise<Flow>((resolve) => (opened = resolve)) };
    const uri = uriOf('sip:b@peer.example');
    const outcome = send(host, draftRequest('OPTIONS', uri, {}, identity, { callId: 'c', fromTag: 't', cseq: 1 }), 1000);
    await clock.tickAsync(1000);
    opened(await network.host.open(target('tcp', '10.1.1.1'), 'request'));
    expect(await outcome).to.deep.equal({ local: 'timeout' });
    await clock.tickAsync(1000);
    expect(network.places).to.deep.equal([]);
    expectNothingLeft(network);
  });

  it('rejects when the table of transactions is full, and with what is no failure of a transport', async () => {
    const full = new Network({ 'udp 10.1.1.1': '200 OK' }, { clients: new ClientTable(0) });
    expect(await rejectionOf(start(full))).to.include({ code: 'queue_full' });
    const broken = new Network({ 'udp 10.1.1.1': '200 OK' }, { resolve: () => Promise.reject(new TypeError('a bug')) });
    expect(await rejectionOf(start(broken))).to.be.instanceOf(TypeError);
    expect(clock.countTimers()).to.equal(0);
  });

  it('is a local transport failure when sending throws, in a timer too', async () => {
    const network = new Network({ 'udp 10.1.1.1': 'silent' });
    const broken = new TypeError('a logger that throws');
    let sent = 0;
    const open = async (to: Target, use?: FlowUse): Promise<Flow> => ({ ...await network.host.open(to, use), send: () => { if (++sent > 1) throw broken; return Promise.resolve(); } });
    const uri = uriOf('sip:b@peer.example');
    const outcome = send({ ...network.host, open }, draftRequest('OPTIONS', uri, {}, identity, { callId: 'c', fromTag: 't', cseq: 1 }), 64_000);
    await clock.tickAsync(600);
    expect(await outcome).to.deep.equal({ local: 'transport', error: broken });
    expectNothingLeft(network);
  });

  it('ends as a transport failure when the service stops', async () => {
    const network = new Network({ 'udp 10.1.1.1': 'silent' });
    const outcome = start(network);
    await clock.tickAsync(1);
    network.clients.close();
    expect(summary(await outcome)).to.equal('transport');
    expect(clock.countTimers()).to.equal(0);
  });

  describe('D27 RFC 3261 18.1.1', () => {
    const small = { body: 'x' };
    const large = { body: 'x'.repeat(1300) };

    it('sends up to sip_udp_max_size bytes over UDP and one more over TCP', async () => {
      const probe = new Network({ 'udp 10.1.1.1': '200 OK', 'tcp 10.1.1.1': '200 OK' });
      await start(probe, small);
      const [{ request } = { request: new MessageText('') }] = probe.arrived;
      expect(probe.places).to.deep.equal(['udp 10.1.1.1']);
      const exact = new Network(probe.servers, { udpMaxSize: Buffer.byteLength(request.text) });
      await start(exact, small);
      expect(exact.places).to.deep.equal(['udp 10.1.1.1']);
      const tooSmall = new Network(probe.servers, { udpMaxSize: Buffer.byteLength(request.text) - 1 });
      expect(summary(await start(tooSmall, small))).to.equal(200);
      expect(tooSmall.places).to.deep.equal(['tcp 10.1.1.1']);
      expect(tooSmall.arrived[0]?.request.one('Via')).to.match(/^SIP\/2.0\/TCP /);
      expectNothingLeft(tooSmall);
    });

    it('goes back to UDP, with a new branch, when there is no way over TCP', async () => {
      const network = new Network({ 'udp 10.1.1.1': '200 OK', 'tcp 10.1.1.1': 'refused' });
      expect(summary(await start(network, large))).to.equal(200);
      expect(network.places).to.deep.equal(['udp 10.1.1.1']);
      const without = new Network({ 'udp 10.1.1.1': '200 OK' }, { resolve: async (_uri, over) => {
        if (over === 'streams') throw new NksipError('resolve_failed', { host: 'peer.example', reason: 'no TCP' });
        return [target('udp', '10.1.1.1')];
      } });
      expect(summary(await start(without, large))).to.equal(200);
    });

    it('does not ask a second time over UDP after an answer or a silence over TCP', async () => {
      const network = new Network({ 'udp 10.1.1.1': '200 OK', 'tcp 10.1.1.1': '503 Service Unavailable' });
      expect(summary(await start(network, large))).to.equal(503);
      const silent = new Network({ 'udp 10.1.1.1': '200 OK', 'tcp 10.1.1.1': 'silent' });
      const outcome = start(silent, large);
      await clock.tickAsync(32_000);
      expect(summary(await outcome)).to.equal('timeout');
      expect([...network.places, ...silent.places]).to.deep.equal(['tcp 10.1.1.1', 'tcp 10.1.1.1']);
    });

    it('does not send over UDP what may have arrived over a connection that broke', async () => {
      const network = new Network({ 'udp 10.1.1.1': '200 OK', 'tcp 10.1.1.1': 'silent', 'tcp 10.1.1.2': 'refused' });
      const outcome = start(network, large);
      await clock.tickAsync(10);
      for (const user of [...network.watchers]) user.transportFailed(refused);
      expect(await outcome).to.deep.equal({ local: 'transport', error: refused });
      expect(network.places).to.deep.equal(['tcp 10.1.1.1']);
      expectNothingLeft(network);
    });

    it('stays with UDP where the URI or the route names it', async () => {
      const network = new Network({ 'udp 10.1.1.1': '200 OK', 'tcp 10.1.1.1': '200 OK' });
      await start(network, large, 'sip:b@peer.example;transport=udp');
      await start(network, { ...large, route: '<sip:proxy;lr;transport=udp>' });
      expect(network.places).to.deep.equal(['udp 10.1.1.1', 'udp 10.1.1.1']);
    });
  });

  it('names sip_local_host or sip_local_host6 in Via, else the address of the flow', async () => {
    for (const [change, localAddress, sentBy] of [
      [{}, '10.0.0.1', '10.0.0.1:5070'], [{}, '::1', '[::1]:5070'], [{}, 'a.invalid', 'a.invalid:5070'],
      [{ localHost: 'Client.Example' }, '10.0.0.1', 'Client.Example:5070'], [{ localHost: 'a.example' }, '::1', '[::1]:5070'],
      [{ localHost6: '2001:db8::1' }, '::1', '[2001:db8::1]:5070'], [{ localHost6: '[2001:db8::1]' }, '::1', '[2001:db8::1]:5070'],
    ] as const) {
      const network = new Network({ 'tcp 10.1.1.1': '200 OK' }, { localEnd: localEndMaker(change) });
      network.localAddress = localAddress;
      expect(summary(await start(network))).to.equal(200);
      expect(network.arrived[0]?.request.one('Via')).to.match(new RegExp(`^SIP/2.0/TCP ${sentBy.replace(/[[\].]/g, '\\$&')};`));
    }
  });
});
