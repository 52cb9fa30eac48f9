import { spawn, type ChildProcess } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { publishText } from '../kit/request-text.ts';
import { ResponseText } from '../kit/received-text.ts';

const program = fileURLToPath(new URL('node-process.ts', import.meta.url));

/** A service in a process of its own, as on another machine. */
export class Node {
  private constructor(private readonly child: ChildProcess, readonly port: number) {}

  static async start(options: Readonly<Record<string, unknown>>): Promise<Node> {
    const child = spawn(process.execPath, ['--import', 'tsx', '-C', '@nksip-ts/source', program, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = await Promise.race([once(child.stdout ?? child, 'data'), once(child, 'exit')]) as unknown[];
    const port = Number(line);
    if (!(port > 0)) throw new Error(`the node did not start: ${String(line)}`);
    return new Node(child, port);
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.stdin?.end();
    await gone;
  }
}

export interface NodeRequest {
  readonly user?: string;
  readonly etag?: string;
  readonly body?: string;
  readonly expires?: number;
  /** The same one again is a retransmission, whichever node it goes to. */
  readonly transaction?: string;
}

let transactions = 0;

/** A client over UDP that asks any of several nodes, many requests at a time. It retransmits as RFC 3261 17.1.2.2 has it. */
export class NodesClient {
  readonly #waiting = new Map<string, (response: ResponseText) => void>();

  private constructor(private readonly socket: Socket) {
    socket.on('message', (bytes) => {
      const response = new ResponseText(bytes.toString('latin1'));
      if (response.code >= 200) this.#waiting.get(response.one('Call-ID'))?.(response);
    });
  }

  static async open(): Promise<NodesClient> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new NodesClient(socket);
  }

  /** Undefined: no answer within 32 seconds. */
  async publish(node: Node, { user = 'alice', transaction = `t${++transactions}`, ...parts }: NodeRequest): Promise<ResponseText | undefined> {
    const text = publishText({
      uri: `sip:${user}@example.com`, port: this.socket.address().port, branch: transaction, callId: `${transaction}-${node.port}`,
      from: `<sip:alice@example.com>;tag=${transaction}`, expires: 600, ...parts,
    });
    return this.#ask(node, text, `${transaction}-${node.port}`);
  }

  /** The very same bytes to several nodes. */
  async everywhere(nodes: readonly Node[], request: NodeRequest): Promise<readonly (ResponseText | undefined)[]> {
    const transaction = `t${++transactions}`;
    const { user = 'alice', ...parts } = request;
    const text = publishText({
      uri: `sip:${user}@example.com`, port: this.socket.address().port, branch: transaction, callId: transaction, expires: 600, ...parts,
    });
    const answers: (ResponseText | undefined)[] = [];
    for (const node of nodes) answers.push(await this.#ask(node, text, transaction));
    return answers;
  }

  close(): void {
    this.socket.close();
  }

  async #ask(node: Node, text: string, callId: string): Promise<ResponseText | undefined> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve) => {
        this.#waiting.set(callId, resolve);
        const send = (after: number, total: number): void => {
          if (total > 32_000) return resolve(undefined);
          this.socket.send(text, node.port, '127.0.0.1');
          timer = setTimeout(() => { send(Math.min(2 * after, 4000), total + after); }, after);
        };
        send(500, 0);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(callId);
    }
  }
}
