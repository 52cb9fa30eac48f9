import { once } from 'node:events';
import { WsPeer } from '../wire/ws-peer.ts';
import type { Random } from './random.ts';
import { checkResponseBytes, host, inTime, ServiceUnderFire } from './service-under-fire.ts';
import type { Input, Target } from './target.ts';
import { chunked, connected, exchanged } from './tcp-target.ts';
import { anyFrames, upgradeRequest, upgradeRubbish, wholeMessages } from './ws-frames.ts';

/** Frames made by hand over connections that were upgraded, and upgrades that are rubbish themselves. */
export class WsTarget implements Target {
  readonly name = 'ws';

  private constructor(private readonly service: ServiceUnderFire, private readonly port: number, private readonly peer: WsPeer) {}

  static async start(): Promise<WsTarget> {
    const service = await ServiceUnderFire.start('ws');
    const port = service.port('ws');
    return new WsTarget(service, port, await WsPeer.open(port, 'ws', host));
  }

  /** The first piece is the request for an upgrade. */
  make(random: Random): Input {
    if (random.once(8)) return chunked(upgradeRubbish(random), random);
    const frames = anyFrames(random);
    return [upgradeRequest, ...(random.once(2) ? chunked(Buffer.concat(frames), random) : frames)];
  }

  async run(input: Input): Promise<void> {
    const [upgrade, ...frames] = input;
    const socket = await connected(this.port);
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

  async rest(): Promise<void> {
    this.peer.binary.length = 0;
    await this.service.forget();
  }

  async close(): Promise<void> {
    this.peer.close();
    await this.service.stop();
  }
}
