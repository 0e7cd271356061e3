import { ContextField, ContextFlag } from '../../assembly/records.js';
import { contextBytes } from '../core/context.js';
import type { Context, Engine, Loader } from '../core/index.js';
import type { ConnectOptions } from '../node/index.js';
import { DTLSSecureContext } from '../node/secure-context.js';
import { MOTE, type CredentialKind, type Credentials } from './plan.js';

/** The modules that boards have: with pre-shared keys alone, and with everything. */
export interface Modules {
  psk: Loader;
  full: Loader;
}

/**
 * One suite a node, as RFC 7252 §9.1.3 wants it: a mote offers what it will use. Where a flight with certificates comes, its
 * fragments must fit the window (RFC 6066 §4).
 */
const SAID: Readonly<Record<CredentialKind, Pick<ConnectOptions, 'ciphers' | 'maxFragmentLength'>>> = {
  psk: { ciphers: 'PSK-AES128-CCM8' },
  raw: { ciphers: 'ECDHE-ECDSA-AES128-CCM8' },
  certificate: { ciphers: 'ECDHE-ECDSA-AES128-CCM8', maxFragmentLength: 512 },
};

/**
 * An engine in a mote's memory, and the context for it. It knows the time, as certificates want it, and decides alone whom
 * it trusts: nobody else is there to be asked.
 */
export function mote(modules: Modules, { kind, options }: Credentials, initialMs: number): { engine: Engine; context: Context } {
  const secure = new DTLSSecureContext({ ...options, ...SAID[kind] }, false);
  const timing = { mtu: MOTE.outMax, initialMs, maxMs: 60_000, handshakeMs: 300_000 };
  const context = secure.context(timing, options.servername);
  context.flags! &= ~ContextFlag.ASK_TRUST;
  const bytes = contextBytes(context), inMax = Math.max(MOTE.inMax, 4 * ContextField.COUNT + bytes); // it comes in there
  const engine = modules[kind === 'psk' ? 'psk' : 'full'].engine({ ...MOTE, inMax, contextBytes: bytes });
  engine.setSeconds(Math.floor(Date.now() / 1_000));
  return { engine, context };
}
