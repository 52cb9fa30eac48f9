import { expect } from 'chai';
import { dialogPackage, messageSummary, presencePackage } from '@nksip-ts/event-notifier';
import { alice, dialogInfo, pidf, published, tuple } from './documents.ts';
import { NotifiersOnFakeClock } from './notifier-under-test.ts';

/** What users of other products complain of, and what became of it here. */
describe('complaints about other notifiers', () => {
  const notifiers = new NotifiersOnFakeClock();
  const { make, pass } = notifiers;

  it('C26 a document says nothing of who watches: no address, no Contact, neither where nobody publishes nor in a union (asterisk 1898)', async () => {
    const test = make();
    const handle = await test.watch({ from: 'sip:bob@watchers.example', contact: '<sip:bob@192.0.2.9:5060>' });
    await pass();
    await test.publish(pidf('<tuple id="a"><status><basic>open</basic></status><contact>sip:alice@192.0.2.77</contact></tuple>'));
    await pass(6000);
    await test.present('closed');
    await pass(6000);
    expect(test.bodies(handle)).to.have.length(3);
    for (const body of test.bodies(handle)) expect([/bob|watchers\.example|192\.0\.2\.9/.test(body), body.includes('entity="sip:alice@example.com"')], body).to.deep.equal([false, true]);
  });

  it('C33 the contact of each tuple stays with it where several publications become one (jitsi 394)', () => {
    const contact = (n: number): string => `<contact priority="0.${n}">sip:alice@192.0.2.${n}</contact>`;
    const document = (n: number): string => pidf(`<tuple id="same"><status><basic>open</basic></status>${contact(n)}</tuple>`);
    const { data } = presencePackage('union').compose({ aor: alice, publications: [1, 2].map((n) => published(document(n), 'application/pidf+xml')) }, 'application/pidf+xml');
    const tuples = [...Buffer.from(data).toString().matchAll(/<tuple.*?<\/tuple>/gs)].map(([text]) => text);
    expect(tuples.map((text) => [text.includes(contact(1)), text.includes(contact(2))])).to.deep.equal([[false, true], [true, false]]);
  });

  it('C46 who calls whom stays in a union of dialogs: identities and targets of both ends (mikopbx 1059)', () => {
    const call = (id: string): string => `<dialog id="${id}" call-id="c-${id}" local-tag="l" remote-tag="r" direction="recipient"><state>confirmed</state>`
      + `<local><identity display="Alice">sip:alice@example.com</identity><target uri="sip:alice@192.0.2.1"/></local><remote><identity display="B &amp; Co">sip:b${id}@example.com</identity><target uri="sip:b@192.0.2.2"/></remote></dialog>`;
    const { data } = dialogPackage('off').compose({ aor: alice, publications: ['1', '2'].map((id) => published(dialogInfo(call(id)), 'application/dialog-info+xml')) }, 'application/dialog-info+xml');
    const text = Buffer.from(data).toString();
    for (const id of ['1', '2']) expect(text).to.include(call(id));
  });

  it('C47 a message summary without counts is read, and takes nothing from the others (gonnect PR 538)', () => {
    const type = 'application/simple-message-summary';
    const compose = (...bodies: readonly string[]): string => Buffer.from(messageSummary.compose({ aor: alice, publications: bodies.map((body) => published(body, type)) }, type).data).toString();
    for (const body of ['Messages-Waiting: yes', 'Messages-Waiting: yes\r\n', 'Messages-Waiting: yes\r\n\r\n', 'Messages-Waiting:yes\r\nMessage-Account: sip:alice@example.com\r\n']) {
      expect(messageSummary.validate?.({ aor: alice, data: Buffer.from(body), content_type: type }), body).to.equal(undefined);
      expect(compose(body)).to.equal(body);
      expect(compose('Messages-Waiting: no\r\nVoice-Message: 0/2\r\n', body)).to.match(/^Messages-Waiting: yes\r\n(?:.*\r\n)*Voice-Message: 0\/2 /);
    }
  });

  for (const how of ['union', 'priority'] as const) {
    it(`C28 two devices, each refreshed in its turn and publishing again what it said, are told once, by ${how} (synapse PR 16066, matrix-spec 980)`, async () => {
      const test = make({ options: { sip_event_notifier_presence_compose: how, sip_event_notifier_min_interval: 0 } });
      const desk = await test.publish(pidf(tuple('desk', 'open')), { expires: 3600 });
      await pass(10);
      const mobile = await test.publish(pidf(tuple('mobile', 'open')), { expires: 3600 });
      const handle = await test.watch({ expires: 600 });
      await pass();
      for (let round = 0; round < 20; round++) {
        await test.compositor.publish({ uri: 'sip:alice@example.com', ifMatch: round % 2 === 0 ? desk : mobile, expires: 3600 });
        await pass(10_000);
      }
      expect(test.bodies(handle)).to.have.length(1);
      await test.publish(pidf(tuple('mobile', 'open')), { ifMatch: mobile, expires: 3600 });
      await pass(10_000);
      expect(test.bodies(handle), 'the newest one again').to.have.length(1);
    });
  }

  /** A watcher has a state, does not take the NOTIFY of the next one, and is told the first one again. */
  async function comesAgain(answer: 'timeout' | 'transport' | 500, transport: 'udp' | 'tcp'): Promise<void> {
    const test = make({ options: { sip_event_notifier_on_timeout: 'keep', sip_event_notifier_min_interval: 0 } });
    const before = pidf(tuple('t', 'closed'));
    const tag = await test.publish(before);
    const handle = await test.watch({ source: { transport, address: '192.0.2.9', port: 7 } });
    await pass();
    test.answers = () => answer;
    await test.present('open', { ifMatch: tag });
    await pass(100);
    test.answers = () => 200;
    await test.publish(before, { ifMatch: tag });
    await pass(10_000);
    expect(test.bodies(handle)).to.deep.equal([before, pidf(tuple('t', 'open')), before]);
  }

  it('C11 what came in a NOTIFY without an answer may be shown: what was before goes again if it is so again (opensips 380)', async () => {
    await comesAgain('timeout', 'udp');
  });

  it('C11 and so may what came over a connection that broke', async () => {
    await comesAgain('transport', 'tcp');
  });

  it('C11 and so may what was refused: its connection broke before and it went again, or a proxy has answered for the watcher', async () => {
    await comesAgain(500, 'tcp');
  });

  it('20,000 NOTIFYs to watchers who come and go leave nothing: no watcher, no document, no timer, no byte in the account (kamailio 2733, kamailio 155, kamailio 1001)', async function () {
    this.timeout(60_000);
    const test = make({ options: { sip_event_notifier_min_interval: 0, sip_event_notifier_max_per_watcher: 1000 } });
    const before = test.memory.used;
    let sent = 0;
    test.answers = () => { sent++; return 200; };
    for (let round = 0; round < 4; round++) {
      const handles: string[] = [];
      for (let n = 0; n < 500; n++) handles.push(await test.watch({ event: n % 2 === 0 ? 'presence' : 'dialog', uri: `sip:alice${n % 50}@example.com`, contact: `<sip:w${n}@192.0.2.9>` }));
      for (let change = 0; change < 10; change++) {
        for (let n = 0; n < 50; n++) await test.publish(n % 2 === 0 ? pidf(tuple(`c${change}`, 'open')) : dialogInfo(`<dialog id="${change}"><state>early</state></dialog>`), { uri: `sip:alice${n}@example.com`, event: n % 2 === 0 ? 'presence' : 'dialog', type: n % 2 === 0 ? 'application/pidf+xml' : 'application/dialog-info+xml', expires: 5 });
        await pass(60);
        test.sent.length = 0;
      }
      for (const handle of handles) await test.refresh(handle, { event: test.watcher(handle).event, expires: 0 });
      await pass(10_000);
      test.told.length = 0;
    }
    expect(sent).to.be.at.least(20_000);
    expect([test.size, test.memory.used]).to.deep.equal([0, before]);
    expect(notifiers.clock.countTimers()).to.be.at.most(1);
  });
});
