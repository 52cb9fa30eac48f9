import { once } from 'node:events';
import { WsPeer } from '../wire/ws-peer.ts';
import { LiveTarget } from './live-target.ts';
import type { Random } from './random.ts';
import { checkResponseBytes, host, inTime, ServiceUnderFire } from './service-under-fire.ts';
import type { Input } from './target.ts';
import { chunked, connected, exchanged } from './tcp-target.ts';
import { anyFrames, upgradeRequest, upgradeRubbish, wholeMessages } from './ws-frames.ts';

/** Frames made by hand over connections that were upgraded, and upgrades that are rubbish themselves. */
export class WsTarget extends LiveTarget<WsPeer> {
  readonly name = 'ws';

  static async start(): Promise<WsTarget> {
    const service = await ServiceUnderFire.start('ws');
    return new WsTarget(service, await WsPeer.open(service.port('ws'), 'ws', host));
  }

  /** The first piece is the request for an upgrade. */
  make(random: Random): Input {
    if (random.once(8)) return chunked(upgradeRubbish(random), random);
    const frames = anyFrames(random);
    return [upgradeRequest, ...(random.once(2) ? chunked(Buffer.concat(frames), random) : frames)];
  }

  async run(input: Input): Promise<void> {
    const [upgrade, ...frames] = input;
    const socket = await connected(this.service.port('ws'));
    const isUpgrade = upgrade?.equals(upgradeRequest) === true;
    let head: Buffer = Buffer.alloc(0);
    if (isUpgrade) {
      socket.write(upgradeRequest);
      [head] = await inTime(once(socket, 'data') as Promise<[Buffer]>, 'an upgrade was not answered');
    }
    const came = Buffer.concat([head, await exchanged(socket, isUpgrade ? frames : input)]);
    for (const message of wholeMessages(came)) if (!/^(?:\r\n)*$/.test(message.toString('latin1'))) checkResponseBytes(message);
    await this.service.mustBeWell(this.peer, 'SIP/2.0/WS fuzz.invalid');
  }

  override async rest(): Promise<void> {
    this.peer.binary.length = 0;
    await super.rest();
  }
}
