import type { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, type ObserveWriteStream, type OutgoingMessage, type Server } from 'coap';
import type { ResourceTree, TreeReply } from './coap-tree.js';

type Response = OutgoingMessage | ObserveWriteStream;

/** Who is told of changes (RFC 7641 §4.1): one entry for each peer and token. */
interface Observer {
  path: string;
  stream: ObserveWriteStream;
}

/** The period of /time. */
const TICK_MS = 1_000;
/** Of observations at a time; a new one then takes the place of the oldest. */
const OBSERVERS_MAX = 1_000;

/** Serves a tree on a socket that is bound already; `requested` hears of each request and the code it was answered with. */
export class TreeServer {
  private readonly server: Server;
  private readonly observers = new Map<string, Observer>();
  private readonly ticking: NodeJS.Timeout;

  constructor(
    socket: EventEmitter, private readonly tree: ResourceTree,
    private readonly requested: (request: IncomingMessage, code: string) => void,
  ) {
    this.server = createServer((request, response) => this.handle(request, response));
    this.server.on('error', () => {}); // the socket's owner hears of it, too
    this.server.listen(socket);
    tree.on('change', (path: string) => this.notify(path));
    this.ticking = setInterval(() => this.notify('/time'), TICK_MS);
  }

  close(): void {
    clearInterval(this.ticking);
    for (const key of [...this.observers.keys()]) this.forget(key);
    this.server.close();
  }

  private handle(request: IncomingMessage, response: Response): void {
    const path = request.url.split('?')[0]!;
    const format = request.headers['Content-Format'] as string | number | undefined;
    const reply = this.tree.answer({ method: request.method, path, payload: request.payload, format });
    response.on('error', () => {}); // a peer that went away is no trouble of ours
    this.requested(request, reply.code);
    const key = `${request.rsinfo.address} ${request.rsinfo.port} ${request._packet.token?.toString('hex')}`;
    // A request with a known token ends the observation before it, whether to cancel it (RFC 7641 §3.6) or to start anew.
    this.forget(key);
    if (request.headers.Observe !== 0 || reply.code !== '2.05') return write(response, reply, true);
    const stream = response as ObserveWriteStream;
    if (this.observers.size >= OBSERVERS_MAX) this.forget(this.observers.keys().next().value!);
    this.observers.set(key, { path, stream });
    stream.on('finish', () => {
      if (this.observers.get(key)?.stream === stream) this.observers.delete(key);
    });
    write(stream, reply, false);
  }

  private notify(path: string): void {
    for (const [key, observer] of this.observers) {
      if (observer.path !== path) continue;
      const reply = this.tree.answer({ method: 'GET', path, payload: new Uint8Array() });
      if (reply.code === '2.05') write(observer.stream, reply, false);
      else this.lastWord(key, observer.stream, reply.code);
    }
  }

  /** An error ends an observation, and says so without the Observe option (RFC 7641 §4.2). */
  private lastWord(key: string, stream: ObserveWriteStream, code: string): void {
    stream.statusCode = code;
    stream._packet.options = [];
    stream._doSend();
    this.forget(key);
  }

  private forget(key: string): void {
    const observer = this.observers.get(key);
    this.observers.delete(key);
    // Not `end`, which would send a last notification that nobody asked for.
    observer?.stream.destroy();
  }
}

function write(response: Response, reply: TreeReply, isLast: boolean): void {
  response.statusCode = reply.code;
  if (reply.format !== undefined) response.setOption('Content-Format', reply.format);
  const payload = reply.payload === undefined ? undefined : Buffer.from(reply.payload);
  if (!isLast) response.write(payload ?? Buffer.alloc(0));
  else if (payload === undefined) response.end();
  else response.end(payload);
}
