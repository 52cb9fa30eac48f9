import type { Peer } from '../wire/peers.ts';
import type { Random } from './random.ts';
import type { ServiceUnderFire } from './service-under-fire.ts';
import type { Input, Target, TargetName } from './target.ts';

/** A service that is sent rubbish over one transport, and a good client that must be served all the while. */
export abstract class LiveTarget<P extends Peer> implements Target {
  abstract readonly name: TargetName;

  constructor(protected readonly service: ServiceUnderFire, protected readonly peer: P) {}

  abstract make(random: Random): Input;
  abstract run(input: Input): Promise<void>;

  async rest(): Promise<void> {
    await this.service.forget();
  }

  async close(): Promise<void> {
    this.peer.close();
    await this.service.stop();
  }
}
