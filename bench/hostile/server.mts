import { ours } from '../contenders.mts';
import { portIn, type ServerProcess } from '../server-process.mts';

/** The server that is attacked: a compositor on UDP, TCP and WebSocket. */
export async function startServer(options: Readonly<Record<string, unknown>>): Promise<{ readonly server: ServerProcess; port(transport: string): number }> {
  const listen = 'sip:127.0.0.1:0, sip:127.0.0.1:0;transport=ws';
  const { server } = await ours().start({ transport: 'udp', store: 'ram' }, { sip_listen: listen, sip_events: 'presence, nkpublish', log_level: 'error', ...options });
  return { server, port: (transport) => portIn(server.printed, transport) };
}
