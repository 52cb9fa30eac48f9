import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Service } from '@nksip-ts/core';
import { expect } from 'chai';
import { fresh, publishText } from '../kit/request-text.ts';
import { ResponseText } from '../kit/received-text.ts';
import { tortureMessages } from '../sip/torture-messages.ts';
import type { UdpPeer } from './peers.ts';
import { closeAll, LogRecorder, overUdp, running, tracedText } from './running.ts';

// Whoever sends these pretends to be somewhere else, so that most answers reach nobody: the trace of the service has them. All of it
// happens at 127.0.0.2, where nothing else listens.
const host = '127.0.0.2';

/** What the service owes to a request that the parser takes: it serves OPTIONS and PUBLISH, and every domain is its own. */
const served: Readonly<Record<string, number>> = {
  '3.1.1.2': 501, '3.1.1.5': 501,
  '3.1.1.6': 200, '3.1.1.9': 200, '3.1.1.10': 200, '3.2.1': 200, '3.3.11': 200,
  '3.3.2': 416, '3.3.3': 416, '3.3.5': 420,
};
/** All others that are taken: INVITE, REGISTER and MESSAGE, which nobody serves. */
const notServed = 405;

/** The raw messages of RFC 4475 that lie beside the project, by the section that describes each, or why it has none. */
const folder = join(import.meta.dirname, '../../../shared/corpora/rfc4475');
const raw: Readonly<Record<string, number | 'nothing'>> = {
  // 3.1.1, valid
  'valid/wsinv': 405, 'valid/intmeth': 501, 'valid/esc01': 405, 'valid/escnull': 405, 'valid/esc02': 501, 'valid/lwsdisp': 200, 'valid/longreq': 405,
  'valid/dblreq': 405, 'valid/semiuri': 200, 'valid/transports': 200, 'valid/mpart01': 405, 'valid/unreason': 'nothing', 'valid/noreason': 'nothing',
  // 3.1.2, invalid
  'invalid/badinv01': 400, 'invalid/clerr': 400, 'invalid/ncl': 400, 'invalid/scalar02': 400, 'invalid/scalarlg': 'nothing', 'invalid/quotbal': 400,
  'invalid/ltgtruri': 400, 'invalid/lwsruri': 400, 'invalid/lwsstart': 400, 'invalid/trws': 400, 'invalid/escruri': 400, 'invalid/baddate': 405,
  'invalid/regbadct': 405, 'invalid/badaspec': 400, 'invalid/baddn': 400, 'invalid/badvers': 505, 'invalid/mismatch01': 400, 'invalid/mismatch02': 400,
  'invalid/bigcode': 'nothing',
  // 3.2 to 3.4, well-formed
  'invalid/badbranch': 200, 'invalid/insuf': 400, 'invalid/unkscm': 416, 'invalid/novelsc': 416, 'invalid/unksm2': 405, 'invalid/bext01': 420,
  'invalid/invut': 405, 'invalid/regaut01': 405, 'invalid/multi01': 400, 'invalid/mcl01': 400, 'invalid/bcast': 'nothing', 'invalid/zeromf': 200,
  'invalid/cparam01': 405, 'invalid/cparam02': 405, 'invalid/regescrt': 405, 'invalid/sdp01': 405, 'invalid/inv2543': 405,
  // of no section, and without a Via that would tell where an answer goes
  'invalid/test': 'nothing',
};

describe('D54 the torture messages of RFC 4475 at a service that runs', () => {
  let service: Service;
  let peer: UdpPeer;
  const logger = new LogRecorder();

  before(async () => {
    // A long T1: no 405 to an INVITE is repeated meanwhile.
    const options = { logger, sip_trace: true, sip_timer_t1: 30_000 };
    service = await running({ ...options, plugins: ['event-compositor'], sip_events: 'nkpublish', sip_listen: `sip:${host}:0` });
    peer = await overUdp(service, host);
  });
  after(closeAll);

  /** Sends it, and what a good client sends behind it; the responses that the service had for the former, and the one to the latter. */
  async function survived(bytes: Uint8Array): Promise<readonly ResponseText[]> {
    logger.lines.length = 0;
    const callId = fresh('good');
    peer.send(bytes);
    peer.send(publishText({ callId, via: [`SIP/2.0/UDP ${host}:${peer.port};rport;branch=z9hG4bK${callId}`], body: 'x' }));
    let good: ResponseText;
    do good = await peer.next(); while (!good.all('Call-ID').includes(callId));
    expect(good.code, 'a good PUBLISH afterwards').to.equal(200);
    return logger.lines.filter(({ fields }) => fields['trace'] === 'sent to').map(({ message }) => new ResponseText(tracedText(message)))
      .filter((response) => !response.all('Call-ID').includes(callId));
  }

  for (const { section, name, bytes, expect: parsed } of tortureMessages) {
    const isResponse = bytes.subarray(0, 4).toString() === 'SIP/';
    const owed = isResponse ? [] : [typeof parsed === 'number' ? parsed : served[section] ?? notServed];
    it(`RFC 4475 ${section} ${name}`, async () => {
      const responses = await survived(bytes);
      expect(responses.map(({ code }) => code)).to.deep.equal(owed);
      if (section === '3.3.5') expect(responses[0]?.one('Unsupported')).to.equal('nothingHasThis, nothingHasThisEither');
    });
  }

  if (!existsSync(folder)) {
    it('RFC 4475 as raw bytes', function () {
      console.log('    skipped: no corpus beside the project (../shared/corpora/rfc4475)');
      this.skip();
    });
    return;
  }

  for (const [file, owed] of Object.entries(raw)) {
    it(`RFC 4475 as raw bytes: ${file}`, async () => {
      const responses = await survived(readFileSync(join(folder, `${file}.dat`)));
      expect(responses.map(({ code }) => code)).to.deep.equal(owed === 'nothing' ? [] : [owed]);
    });
  }
});
