// An engine whose memory is spoilt wherever it must not be relied on: what is left of a window, and bytes of its own that are said
// to be scratch. If it answers as an engine that is let alone, nothing hung on them.
import { Bound } from '../../assembly/codes.js';
import { EventField, InfoField } from '../../assembly/records.js';
import { Engine } from '../../host/core/index.js';
import { poolsOf } from './pools.js';

const JUNK = 0xa5;

/**
 * Wraps an engine, which is laid out anew. Before each call junk goes into OUT, EVENT, ANSWER, PEER and IN, but for what the
 * call itself reads there, and into the bytes at `scratch`; before each poll into OUT and EVENT.
 */
export function poisoned(engine: Engine, scratch: readonly number[] = []): Engine {
  const { module } = engine;
  const pools = poolsOf(engine);
  const info = module.words(module.INFO, InfoField.COUNT).slice();
  const all = module.bytes(0, pools.end);
  const spoil = (start: number, length: number) => { if (length > 0) all.fill(JUNK, start, start + length); };
  const answerLength = engine.answer.length;
  let isSealed = false;

  const before = (input: 'none' | 'in' | 'peer' | 'answer' | 'both', inLength: number) => {
    for (const at of scratch) all[at] = JUNK;
    spoil(pools.out.start, pools.out.size);
    spoil(info[InfoField.EVENT]!, EventField.COUNT * 4);
    spoil(pools.in.start + inLength, pools.in.size - inLength);
    if (input !== 'answer') spoil(info[InfoField.ANSWER]!, answerLength);
    if (input !== 'peer' && input !== 'both') spoil(info[InfoField.PEER]!, Bound.PEER);
  };
  const guarded = <A extends number[]>(call: (...args: A) => number, input: Parameters<typeof before>[0]) => (...args: A): number => {
    const length = input === 'in' || input === 'both' ? args[1]! : 0;
    before(input, Math.max(0, Math.min(length, pools.in.size)));
    return call(...args);
  };
  return new Engine({
    ...module,
    context: guarded(module.context, 'in'),
    listen: guarded(module.listen, 'none'),
    connect: guarded(module.connect, 'peer'),
    receive: guarded(module.receive, 'both'),
    send: (handle, length) => {
      before('in', Math.max(0, Math.min(length, pools.in.size)));
      const code = module.send(handle, length);
      isSealed = code >= 0;
      return code;
    },
    // an answer may come in the middle of a datagram, whose rest is in IN: nothing but the answer is the host's then
    answer: module.answer,
    timeout: guarded(module.timeout, 'none'),
    close: guarded(module.close, 'none'),
    discard: guarded(module.discard, 'none'),
    poll: () => {
      if (!isSealed) { // a call that has sealed something has described it as well
        spoil(pools.out.start, pools.out.size);
        spoil(info[InfoField.EVENT]!, EventField.COUNT * 4);
      }
      isSealed = false;
      return module.poll();
    },
  }, engine.layout);
}

/** The same engine laid out anew, and let alone: what a poisoned one is compared with. */
export function untouched(engine: Engine): Engine {
  return new Engine(engine.module, engine.layout);
}
