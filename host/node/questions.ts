// Answers to the engine's questions, from the user's tables and functions, at once or later.
import { Question as QuestionKind } from '../../assembly/codes.js';
import type { Answer, Connection } from '../core/connection.js';
import type { Question } from '../core/sink.js';
import { signature } from './credentials.js';
import { after, findCredentials, findKey, isPromiseLike } from './psk.js';
import type { Awaitable, ClientPSK, ServerPSK } from './psk.js';
import type { DTLSSecureContext } from './secure-context.js';
import { routeOf } from './shard.js';
import type { PeerIdentity } from './trust.js';

/** Who is asked, and what becomes known on the way to an answer. */
export interface Asked {
  secure: DTLSSecureContext;
  /** Client: whom it expects, a name or an address. */
  name: string;
  /** Who the client says it is; on a client: who it says it is itself. */
  identity(identity: string): void;
  /** What the peer showed: its certificate, or its raw public key. */
  peer(peer: PeerIdentity): void;
  /** Why the peer is not trusted, or what a user's function threw. */
  blame(error: Error): void;
}

/** Finds the answer and gives it. */
export function answerQuestion(connection: Connection, question: Question, asked: Asked): void {
  const give = (answer: Answer) => {
    if (answer !== null && 'identity' in answer) asked.identity(Buffer.from(answer.identity).toString());
    if (connection.state !== 'closed') routeOf(connection.peer).shard.answer(connection, question.serial, answer);
  };
  const refuse = (error: unknown) => {
    asked.blame(error instanceof Error ? error : new Error(String(error)));
    give(null);
  };
  let found: Awaitable<Answer>;
  try {
    found = find(connection, question, asked);
  } catch (error) {
    return refuse(error);
  }
  if (isPromiseLike(found)) found.then(give, refuse);
  else give(found);
}

function find(connection: Connection, question: Question, asked: Asked): Awaitable<Answer> {
  const bytes = Buffer.from(question.bytes), { psk, sign, trust } = asked.secure;
  switch (question.kind) {
    case QuestionKind.PSK:
      if (connection.role === 'client') return findCredentials(psk as ClientPSK, bytes);
      asked.identity(bytes.toString());
      return findKey(psk as ServerPSK, bytes);
    case QuestionKind.SIGN: return after(sign!(bytes), signature);
    case QuestionKind.TRUST:
      return after(trust!.judge({ body: bytes, check: question.check, isRaw: question.isRaw, name: asked.name }), (judgement) => {
        if (judgement.peer !== undefined) asked.peer(judgement.peer);
        if (judgement.refusal !== undefined) asked.blame(judgement.refusal.error);
        return Uint8Array.of(judgement.alert);
      });
    default: throw new Error(`The engine asked an unknown question, ${question.kind}`);
  }
}
