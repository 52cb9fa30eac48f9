import { BodiesTarget } from './bodies-target.ts';
import { CodecTarget } from './codec-target.ts';
import { NotifyTarget } from './notify-target.ts';
import { SubscribeTarget } from './subscribe-target.ts';
import type { Target, TargetName } from './target.ts';
import { TcpTarget } from './tcp-target.ts';
import { UdpTarget } from './udp-target.ts';
import { WsTarget } from './ws-target.ts';

/** How each target is made; whoever asks for one closes it. */
export const targets: Readonly<Record<TargetName, () => Promise<Target>>> = {
  codec: async () => new CodecTarget(),
  udp: () => UdpTarget.start(),
  tcp: () => TcpTarget.start(),
  ws: () => WsTarget.start(),
  subscribe: () => SubscribeTarget.start(),
  notify: () => NotifyTarget.start('notify'),
  unasked: () => NotifyTarget.start('unasked'),
  bodies: async () => new BodiesTarget(),
};
