import { EventEmitter } from 'node:events';

/** A request as far as resources care. */
export interface TreeRequest {
  method: string;
  /** Begins with a slash, without the query. */
  path: string;
  payload: Uint8Array;
  /** Content-Format as the npm package `coap` gives it: a media type or a number. */
  format?: string | number;
}

/** Code and representation to answer with (RFC 7252 §5.9). */
export interface TreeReply {
  code: string;
  payload?: Uint8Array;
  format?: string | number;
}

interface Resource {
  payload: Uint8Array;
  format?: string | number;
}

/** What others may store, so that they cannot fill the memory. */
const RESOURCES_MAX = 256;
const PAYLOAD_MAX = 65_536;

const TEXT = 'text/plain';
const LINKS = 'application/link-format';

/** The resources of `thimble coap serve`. Emits `change` with a path whose representation is a new one. */
export class ResourceTree extends EventEmitter {
  private readonly stored = new Map<string, Resource>();

  answer(request: TreeRequest): TreeReply {
    switch (request.method) {
      case 'GET': return this.get(request.path);
      case 'POST': return this.post(request);
      case 'PUT': return this.put(request);
      case 'DELETE': return this.delete(request.path);
      default: return { code: '4.05' };
    }
  }

  private get(path: string): TreeReply {
    if (path === '/') return text('Thimble. See /.well-known/core; /time may be observed, /echo gives back, and PUT keeps.\n');
    if (path === '/.well-known/core') return { ...text(this.links()), format: LINKS };
    if (path === '/time') return text(new Date().toISOString());
    if (path === '/echo') return text('POST something to this resource\n');
    const resource = this.stored.get(path);
    return resource === undefined ? { code: '4.04' } : { code: '2.05', ...resource };
  }

  private post({ path, payload, format }: TreeRequest): TreeReply {
    if (path === '/echo') return { code: '2.04', payload, format };
    return { code: this.isKnown(path) ? '4.05' : '4.04' };
  }

  private put({ path, payload, format }: TreeRequest): TreeReply {
    if (isBuiltIn(path)) return { code: '4.05' };
    if (payload.length > PAYLOAD_MAX) return { code: '4.13' };
    const isNew = !this.stored.has(path);
    if (isNew && this.stored.size >= RESOURCES_MAX) return { code: '5.03' };
    this.stored.set(path, { payload: payload.slice(), format });
    this.emit('change', path);
    if (isNew) this.emit('change', '/.well-known/core');
    return { code: isNew ? '2.01' : '2.04' };
  }

  /** RFC 7252 §5.8.4: deleting what is not there succeeds, too. */
  private delete(path: string): TreeReply {
    if (isBuiltIn(path)) return { code: '4.05' };
    if (this.stored.delete(path)) {
      this.emit('change', path);
      this.emit('change', '/.well-known/core');
    }
    return { code: '2.02' };
  }

  private isKnown(path: string): boolean {
    return isBuiltIn(path) || this.stored.has(path);
  }

  /** RFC 6690 §2. */
  private links(): string {
    const own = ['</time>;rt="time";ct=0;obs', '</echo>;rt="echo"'];
    const put = [...this.stored.keys()].map((path) => `<${path.split('/').map(encodeURIComponent).join('/')}>;obs`);
    return [...own, ...put].join(',');
  }
}

function isBuiltIn(path: string): boolean {
  return ['/', '/.well-known/core', '/time', '/echo'].includes(path);
}

function text(content: string): TreeReply {
  return { code: '2.05', payload: Buffer.from(content), format: TEXT };
}
