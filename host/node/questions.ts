// Answers to the engine's questions, from the user's tables and functions, at once or later.
import { Question as QuestionKind } from '../../assembly/codes.js';
import type { Answer, Connection } from '../core/connection.js';
import type { Question } from '../core/sink.js';
import { findCredentials, findKey, isPromiseLike } from './psk.js';
import type { Awaitable, ClientPSK, ServerPSK } from './psk.js';
import type { DTLSSecureContext } from './secure-context.js';
import { routeOf } from './shard.js';

/**
 * Finds the answer and gives it. `blame` hears what a user's function throws; the peer then gets the alert for an
 * unknown identity.
 */
export function answerQuestion(connection: Connection, question: Question, secure: DTLSSecureContext,
  blame: (error: Error) => void): void {
  if (question.kind !== QuestionKind.PSK) throw new Error(`The engine asked an unknown question, ${question.kind}`);
  const give = (answer: Answer) => {
    if (connection.state !== 'closed') routeOf(connection.peer).shard.answer(connection, question.serial, answer);
  };
  const refuse = (error: unknown) => {
    blame(error instanceof Error ? error : new Error(String(error)));
    give(null);
  };
  let found: Awaitable<Answer>;
  try {
    found = find(connection, Buffer.from(question.bytes), secure);
  } catch (error) {
    return refuse(error);
  }
  if (isPromiseLike(found)) found.then(give, refuse);
  else give(found);
}

function find(connection: Connection, text: Buffer, { psk }: DTLSSecureContext): Awaitable<Answer> {
  return connection.role === 'server' ? findKey(psk as ServerPSK, text) : findCredentials(psk as ClientPSK, text);
}
