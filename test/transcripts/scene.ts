// Plays a scenario on a build of the engine: the host's calls and the peers' datagrams, in the order of the blocks.
import { CipherSuite } from '../../assembly/codes.js';
import { ContextFlag } from '../../assembly/records.js';
import { keyAnchor, listOf, rootAnchor } from '../certificates/factory.js';
import * as People from '../certificates/people.js';
import { annotate } from './annotate.js';
import type { Build } from '../modules.js';
import { Engine } from './engine.js';
import type { Outcome, Settings } from './engine.js';
import type { Block } from './markdown.js';
import { Peer } from './peer.js';
import type { Wishes } from './peer.js';
import { parseDatagram } from './directives.js';

const DEFAULTS: { [name: string]: string } = {
  role: 'client', suites: 'TLS_PSK_WITH_AES_128_CCM_8', identity: 'dev1', key: 'secretPSK', hint: '', mtu: '1200',
  initial: '1000', max: '60000', handshake: '60000', flags: '', in: '1400', message: '1024', slots: '2', after: '', show: '',
  builds: '', peer: '', proves: '', shows: '', trusts: '',
};
const RAW_KEY = 'raw key', CERTIFICATE = 'certificate';

/** What goes before a scenario that begins `after` one of these: blocks that need not be read again. */
const BEFORE: { [role: string]: { [after: string]: string[] } } = {
  client: {
    ClientHello: ['host connect'],
    ServerHelloDone: ['host connect', 'in > HelloVerifyRequest', 'in > ServerHello + ServerHelloDone'],
    Finished: ['host connect', 'in > HelloVerifyRequest', 'in > ServerHello + ServerHelloDone', 'in > ChangeCipherSpec\n> Finished'],
  },
  server: {
    HelloVerifyRequest: ['in > ClientHello'],
    ServerHelloDone: ['in > ClientHello', 'in > ClientHello'],
    Finished: ['in > ClientHello', 'in > ClientHello', 'in > ClientKeyExchange\n> ChangeCipherSpec\n> Finished', 'host answer'],
  },
};

/** The `name: value` lines of an engine block, over the defaults. */
export function readSettings(block: Block): { [name: string]: string } {
  const values = { ...DEFAULTS };
  for (const line of block.lines) {
    const [, name, value] = /^(\w+): *(.*)$/.exec(line) ?? [];
    if (name === undefined || DEFAULTS[name] === undefined) throw new Error(`an engine block has no line "${line}"`);
    values[name] = value!;
  }
  return values;
}

function settingsOf(values: { [name: string]: string }): Settings {
  const list = (name: string): string[] => values[name]!.split(/[ ,]+/).filter(Boolean);
  const isClient = values.role === 'client';
  return {
    role: isClient ? 'client' : 'server',
    suites: list('suites').map((name) => CipherSuite[name as keyof typeof CipherSuite]),
    identity: Buffer.from(isClient ? values.identity! : values.hint!),
    key: Buffer.from(values.key!),
    mtu: Number(values.mtu),
    initialMs: Number(values.initial),
    maxMs: Number(values.max),
    handshakeMs: Number(values.handshake),
    flags: list('flags').map((name) => ContextFlag[name as keyof typeof ContextFlag]),
    inMax: Number(values.in),
    messageMax: Number(values.message),
    slots: Number(values.slots),
    who: whoOf(values),
  };
}

/** `shows` and `trusts`: a certificate or raw key, its own and the peer's. */
function whoOf({ role, shows, trusts }: { [name: string]: string }): Buffer[] {
  const nothing = Buffer.alloc(0), isClient = role === 'client', { root } = People;
  const own = isClient ? People.client : People.server, peer = isClient ? People.server : People.client;
  return [
    shows ? own.key.scalar : nothing,
    shows === RAW_KEY ? own.key.point : nothing,
    shows === CERTIFICATE ? listOf(own.certificates) : nothing,
    trusts === CERTIFICATE ? rootAnchor(root.name, root.key) : trusts === RAW_KEY ? keyAnchor(peer.key.info) : nothing,
    trusts === CERTIFICATE && isClient ? Buffer.from(People.SERVER_NAME) : nothing,
  ];
}

export class Scene {
  private readonly values: { [name: string]: string };
  private readonly settings: Settings;
  private readonly engine: Engine;
  private readonly peers = new Map<string, Peer>();
  /** Who speaks at an address: A2 after A is another program on the same one. */
  private readonly speakers = new Map<string, Peer>();
  private readonly received: Buffer[] = [];
  private now = 0;

  constructor(build: Build, block: Block) {
    this.values = readSettings(block);
    this.settings = settingsOf(this.values);
    this.engine = new Engine(build, this.settings);
    const before = BEFORE[this.values.role!]![this.values.after!] ?? [];
    if (this.values.after && before.length === 0) throw new Error(`no scenario begins after ${this.values.after}`);
    for (const text of before) {
      const [, kind, rest] = /^(\w+) ([^]*)$/.exec(text)!;
      this.play({ kind: kind as 'host' | 'in', info: '', lines: rest!.split('\n') });
    }
    this.received.length = 0;
  }

  /** Does what an action says; the block as it must stand, and the blocks of what follows from it. */
  play(block: Block): { action: Block; results: Block[] } {
    if (block.kind === 'engine') return { action: block, results: [] };
    if (block.kind === 'host') return { action: block, results: this.blocks(this.call(block.lines.join(' '))) };
    const name = block.info || 'A';
    const peer = this.peer(name);
    const directives = block.lines.filter((line) => line.startsWith('>'));
    const datagram = this.datagram(peer, directives, block.lines);
    this.received.push(datagram);
    const lines = [...directives, ...annotate(datagram, peer)];
    const outcomes = this.engine.receive(datagram, name[0]!, this.now);
    return { action: { ...block, lines }, results: this.blocks(outcomes) };
  }

  private datagram(peer: Peer, directives: string[], lines: string[]): Buffer {
    if (directives.length === 0) return Buffer.from(lines.map((line) => line.replace(/#.*/, '')).join('').replace(/\s/g, ''), 'hex');
    return Buffer.concat(parseDatagram(directives).map((record) => {
      if ('again' in record) return this.received[record.again - 1]!;
      if ('raw' in record) return record.raw;
      return peer.record(record.wishes, record.items as { name: string; wishes: Wishes }[]);
    }));
  }

  private peer(name: string): Peer {
    let peer = this.peers.get(name);
    if (!peer) {
      const role = this.values.role === 'client' ? 'server' : 'client';
      const random = 0x40 + 0x20 * this.peers.size;
      const key = this.values.peer || this.values.key || DEFAULTS.key!;
      peer = new Peer(role, this.settings.suites[0]!, Buffer.from(this.values.identity!), Buffer.from(key), random,
        this.values.shows === RAW_KEY || this.values.trusts === RAW_KEY);
      this.peers.set(name, peer);
    }
    this.speakers.set(name[0]!, peer);
    return peer;
  }

  /** The host's calls: `connect`, `send "text"`, `answer [key]`, `answer none`, `wait ms`, `close`, `discard`; `… to B`. */
  private call(text: string): Outcome[] {
    const [, verb, quoted, word, to] = /^(\w+)(?: "(.*)"| (?!to )(\S+))?(?: to (\w))?$/.exec(text) ?? [];
    const address = to ?? 'A';
    switch (verb) {
      case 'connect':
        this.peer(address);
        return this.engine.connect(address, this.now);
      case 'send': return this.engine.send(Buffer.from(quoted ?? '\0'.repeat(Number(word))), address);
      case 'answer': return this.engine.answer(this.answer(word, quoted), this.now);
      case 'wait':
        this.now += Number(word);
        return this.engine.timeout(this.now);
      case 'close': return this.engine.close(address);
      case 'discard': return this.engine.discard(address);
      default: throw new Error(`no host does "${text}"`);
    }
  }

  /** A server's answer is the key; a client's is `identity` and key. */
  private answer(word: string | undefined, quoted: string | undefined): Buffer | null {
    if (word === 'none') return null;
    const key = Buffer.from(quoted ?? this.values.key!);
    if (this.values.role === 'server') return key;
    const identity = Buffer.from(this.values.identity!);
    return Buffer.concat([Buffer.from([identity.length]), identity, key]);
  }

  /** Datagrams one block each, lines between them together. */
  private blocks(outcomes: Outcome[]): Block[] {
    const blocks: Block[] = [];
    for (const outcome of [...outcomes, ...this.due()]) {
      const last = blocks.at(-1);
      if ('datagram' in outcome) blocks.push(this.outgoing(outcome));
      else if (last?.kind === 'events') last.lines.push(outcome.line);
      else blocks.push({ kind: 'events', info: '', lines: [outcome.line] });
    }
    return blocks.length ? blocks : [{ kind: 'events', info: '', lines: ['nothing'] }];
  }

  private outgoing({ datagram, address }: { datagram: Buffer; address: string }): Block {
    const peer = this.speakers.get(address);
    if (!peer) throw new Error(`the engine speaks to ${address}, where nobody is`);
    peer.observe(datagram);
    return { kind: 'out', info: address === 'A' ? '' : `to ${address}`, lines: annotate(datagram, peer) };
  }

  private due(): Outcome[] {
    if (this.values.show !== 'due') return [];
    return [{ line: this.engine.dueInMs < 0 ? 'DUE never' : `DUE in ${this.engine.dueInMs} ms` }];
  }
}
