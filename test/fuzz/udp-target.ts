import { UdpPeer } from '../wire/peers.ts';
import { LiveTarget } from './live-target.ts';
import { anyMessage, repeated } from './mutations.ts';
import type { Random } from './random.ts';
import { host, ServiceUnderFire } from './service-under-fire.ts';
import type { Input } from './target.ts';

const largestDatagram = 65_507;

/** Datagrams to a service; the answers that come back are read like those to anybody. */
export class UdpTarget extends LiveTarget<UdpPeer> {
  readonly name = 'udp';

  static async start(): Promise<UdpTarget> {
    const service = await ServiceUnderFire.start('udp');
    return new UdpTarget(service, await UdpPeer.open(service.port('udp'), host));
  }

  make(random: Random): Input {
    const datagrams = Array.from({ length: random.size(8) }, () => anyMessage(random).subarray(0, largestDatagram));
    return random.once(4) ? datagrams.flatMap((one) => [one, repeated(one, random).subarray(0, largestDatagram)]) : datagrams;
  }

  async run(input: Input): Promise<void> {
    this.service.mayAnswer(input.reduce((most, { length }) => most + 3 * Math.max(300, length), 0));
    for (const datagram of input) this.peer.send(datagram);
    await this.service.mustBeWell(this.peer, `SIP/2.0/UDP ${host}:${this.peer.port}`);
  }

  override async rest(): Promise<void> {
    this.peer.from.length = 0;
    await super.rest();
  }
}
