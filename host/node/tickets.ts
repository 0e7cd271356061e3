// The secrets that seal a server's tickets (RFC 5077): the user's, which other gateways may have, too; or random ones, a new one each
// week (RFC 9325 §3.4).
import { invalidType, outOfRange } from './errors.js';
import { platformRandom } from '../core/load.js';
import { bytes } from './validate.js';

const WEEK_MS = 604_800_000;
/** What an engine takes (assembly/limits.ts). */
const SECRETS_MAX = 3;
const SECRET_MIN = 16;
const SECRET_MAX = 64;

export class TicketKeys {
  #secrets: Uint8Array[];
  readonly #timer: NodeJS.Timeout | undefined;
  #onchange: (secrets: Uint8Array[]) => void = () => {};

  constructor(given?: Uint8Array[]) {
    this.#secrets = given ?? [random()];
    if (given === undefined) this.#timer = setInterval(() => this.set([random(), this.#secrets[0]!]), WEEK_MS).unref();
  }

  /** The first one seals, all of them open. */
  get secrets(): Uint8Array[] { return this.#secrets; }

  set(secrets: Uint8Array[]): void {
    this.#secrets = secrets;
    this.#onchange(secrets);
  }

  onchange(callback: (secrets: Uint8Array[]) => void): void { this.#onchange = callback; }
  stop(): void { clearInterval(this.#timer); }
}

function random(): Uint8Array {
  const secret = new Uint8Array(32);
  platformRandom(secret);
  return secret;
}

/** One secret or up to three, of 16 to 64 bytes, as copies. Throws as Node does, naming the option. */
export function ticketSecrets(name: string, value: unknown): Uint8Array[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length < 1 || list.length > SECRETS_MAX) throw outOfRange(`${name}.length`, `>= 1 && <= ${SECRETS_MAX}`, list.length);
  return list.map((item) => {
    if (!ArrayBuffer.isView(item)) throw invalidType(name, 'an instance of Buffer, TypedArray, or DataView, or a list of them', item);
    const secret = Uint8Array.from(bytes(name, item));
    if (secret.length >= SECRET_MIN && secret.length <= SECRET_MAX) return secret;
    throw outOfRange(`${name}.byteLength`, `>= ${SECRET_MIN} && <= ${SECRET_MAX}`, secret.length);
  });
}
