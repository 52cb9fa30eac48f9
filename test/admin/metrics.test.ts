import '@nksip-ts/event-notifier';
import '@nksip-ts/registrar';
import { expect } from 'chai';
import { publishText } from '../kit/request-text.ts';
import { registerText } from '../registrar/register-text.ts';
import { Watcher } from '../subscription/subscriber.ts';
import { closeAll, overUdp } from '../wire/running.ts';
import { desk, publish, type DeskClient } from './desk.ts';
import { itWithPromtool, promtool } from './promtool.ts';

const plugins = ['event-compositor', 'event-notifier', 'registrar', 'admin'];

/** A service in which each thing that is counted has happened. */
async function busy(): Promise<DeskClient> {
  const one = await desk({ plugins, sip_event_notifier_default_decision: 'allow', sip_event_notifier_min_interval: 0 });
  const watcher = new Watcher(await overUdp(one.service));
  await watcher.subscribe({ event: 'nkpublish', expires: 600 });
  await watcher.notified();
  const tag = await publish(one, 'alice', 'here');
  await watcher.notified();
  await publish(one, 'alice', '', { etag: tag });
  await publish(one, 'bob', 'there');
  await one.peer.ask(registerText({ contact: '<sip:alice@192.0.2.1>' }));
  await one.peer.ask(registerText({ method: 'PUBLISH', uri: 'sip:alice@example.com', headers: ['Event: "><script>'] }));
  await one.peer.ask(registerText({ method: 'MADEUP', uri: 'sip:alice@example.com' }));
  return one;
}

function valueOf(text: string, line: string): number {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  if (found === undefined) throw new Error(`no ${line} in\n${text}`);
  return Number(found.split(' ').at(-1));
}

describe('the metrics', () => {
  afterEach(closeAll);

  itWithPromtool('promtool finds nothing to say of them', async () => {
    const { ask } = await busy();
    const { text, headers } = await ask('/metrics');
    expect(headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    expect(promtool(['check', 'metrics'], text)).to.deep.equal({ code: 0, said: '' });
  });

  it('count requests by method, package, kind and code, whatever strangers write', async () => {
    const { ask, service } = await busy();
    const { text } = await ask('/metrics');
    const of = (labels: string): string => `nksip_requests_total{${labels},service="${service.id}"}`;
    expect(valueOf(text, of('method="PUBLISH",event="nkpublish",kind="initial",code="200"'))).to.equal(2);
    expect(valueOf(text, of('method="PUBLISH",event="nkpublish",kind="refresh",code="200"'))).to.equal(1);
    expect(valueOf(text, of('method="SUBSCRIBE",event="nkpublish",kind="initial",code="200"'))).to.equal(1);
    expect(valueOf(text, of('method="REGISTER",event="",kind="register",code="200"'))).to.equal(1);
    expect(text).to.match(/nksip_requests_total\{method="PUBLISH",event="other",kind="initial",code="4\d\d"/);
    expect(text).to.match(/nksip_requests_total\{method="other",event="",kind="",code="(?:405|501)"/);
    expect(text).not.to.include('<script');
  });

  it('tell what is stored, who watches, what was notified, how long requests and the store took', async () => {
    const { ask, service } = await busy();
    const { text } = await ask('/metrics');
    const only = `{service="${service.id}"}`;
    expect(valueOf(text, `nksip_publications${only}`)).to.equal(2);
    expect(valueOf(text, `nksip_watchers${only}`)).to.equal(1);
    expect(valueOf(text, `nksip_registrations${only}`)).to.equal(1);
    expect(valueOf(text, `nksip_notifies_sent_total${only}`)).to.equal(2);
    expect(valueOf(text, `nksip_notifies_failed_total${only}`)).to.equal(0);
    expect(valueOf(text, `nksip_request_duration_seconds_count{service="${service.id}",method="PUBLISH"}`)).to.equal(4);
    expect(valueOf(text, `nksip_store_operations_total{operation="put",service="${service.id}"}`)).to.be.above(2);
    expect(valueOf(text, `nksip_listeners{transport="udp",service="${service.id}"}`)).to.equal(1);
    expect(valueOf(text, `nksip_memory_limit_bytes${only}`)).to.be.above(1e6);
    expect(valueOf(text, `nksip_memory_used_bytes{part="publications",service="${service.id}"}`)).to.be.above(0);
    expect(valueOf(text, `nksip_draining${only}`)).to.equal(0);
    expect(text).to.match(/nksip_refusals_total\{method="PUBLISH",code="4\d\d",reason="[\w .]+"/);
  });

  it('a fault of the store is counted, by operation', async () => {
    const one = await desk({}, { sip_event_compositor_store: () => { throw new Error('the disk is gone'); } });
    await one.peer.ask(publishText({ port: one.peer.port, body: 'here', expires: 60, headers: ['Content-Type: text/plain'] }));
    const { text } = await one.ask('/metrics');
    expect(text).to.match(/nksip_store_faults_total\{operation="\w+"/);
    expect(text).to.match(/nksip_faults_total\{code="callback_failed"/);
    expect((await one.ask('/ready')).json()).to.deep.equal({ status: 'store_unreachable' });
  });
});
