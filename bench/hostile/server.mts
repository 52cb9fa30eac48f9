import { ours, projectRoot } from '../contenders.mts';
import { portIn, type ServerProcess } from '../server-process.mts';

export interface Attacked {
  readonly server: ServerProcess;
  port(transport: string): number;
}

/** The server that is attacked: a compositor on UDP, TCP and WebSocket, started with further arguments for Node. */
export async function startServer(options: Readonly<Record<string, unknown>>, nodeArguments: readonly string[] = []): Promise<Attacked> {
  const listen = 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws';
  const { server } = await ours('ours', projectRoot, nodeArguments).start({ transport: 'udp', store: 'ram' }, { sip_listen: listen, sip_events: 'presence, nkpublish', log_level: 'error', ...options });
  return { server, port: (transport) => portIn(server.printed, transport) };
}
