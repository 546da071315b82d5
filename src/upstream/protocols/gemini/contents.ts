import type { Part } from '@google/genai';
import type { ProtocolCall } from '../../exchange.js';
import { asObject, asText, objectsOf, type JsonObject } from '../../json/json.js';
import { malformed } from '../request/malformed.js';
import { argumentsObject } from '../request/call-arguments.js';
import { BEGINNING, GO_ON } from '../request/inserted-messages.js';
import { answeredCall, callsOf, partsOf } from '../request/message-parts.js';
import { shownValue, unsupported } from '../request/unsupported.js';
import { writtenJson } from '../request/written-json.js';
import type { ModelTraits } from './model-traits.js';
import { textsOf, userParts } from './parts.js';
import { isMisread } from './tool-response.js';
import type { Turn } from './wire.js';

/** The API's value for a signature that the caller has lost. The call is not checked then. */
const LOST_SIGNATURE = 'skip_thought_signature_validator';

/** The conversation, with the instructions apart. */
export interface Conversation {
  readonly instructions: readonly string[];
  readonly contents: Turn[];
}

/**
 * Translates the messages to turns. Consecutive messages of one role become one turn, so all results of a turn's tool
 * calls are together.
 * @throws RingsideError naming the message or part that cannot be translated
 */
export function conversationOf(
  { provider, body: { messages } }: ProtocolCall,
  { signatures }: ModelTraits,
): Conversation {
  const instructions: string[] = [];
  const contents: Turn[] = [];
  const calledNames = new Map<string, string>();
  const lastQuestion = messages.findLastIndex(
    (message, at) => message['role'] === 'user' && partsOf(message, `messages[${at}]`).length > 0,
  );
  for (const [position, message] of messages.entries()) {
    const place = `messages[${position}]`;
    switch (message['role']) {
      case 'system':
      case 'developer':
        instructions.push(...textsOf(message, place, provider));
        break;
      case 'user':
        addTo(contents, 'user', userParts(message, place, provider));
        break;
      case 'assistant':
        addTo(
          contents,
          'model',
          textsOf(message, place, provider)
            .filter((text) => text.trim() !== '')
            .map((text) => ({ text })),
        );
        addTo(
          contents,
          'model',
          callParts(message, place, provider, { calledNames, isCurrent: signatures && position > lastQuestion }),
        );
        break;
      case 'tool':
        addTo(contents, 'user', [resultPart(message, place, provider, calledNames)]);
        break;
      default:
        throw unsupported(provider, `${place}.role`, `messages of role ${shownValue(message['role'])}`);
    }
  }
  if (contents[0]?.role === 'model') contents.unshift({ role: 'user', parts: [{ text: BEGINNING }] });
  if (contents.at(-1)?.role === 'model') contents.push({ role: 'user', parts: [{ text: GO_ON }] });
  return { instructions, contents };
}

function addTo(contents: Turn[], role: Turn['role'], parts: readonly Part[]): void {
  if (parts.length === 0) return;
  const last = contents.at(-1);
  if (last?.role === role) last.parts.push(...parts);
  else contents.push({ role, parts: [...parts] });
}

interface CallTerms {
  /** Collects the names of the calls by their ids. */
  readonly calledNames: Map<string, string>;
  /** The calls must have signatures. */
  readonly isCurrent: boolean;
}

/** Tool calls with their signatures. Of several calls at once, only the first needs one. */
function callParts(
  message: JsonObject,
  place: string,
  provider: string,
  { calledNames, isCurrent }: CallTerms,
): Part[] {
  const asSent = objectsOf(message['tool_calls']);
  return callsOf(message, place, provider).map(({ id, name, arguments: written }, position) => {
    calledNames.set(id, name);
    const thoughtSignature =
      signatureOf(asSent[position]) ?? (isCurrent && position === 0 ? LOST_SIGNATURE : undefined);
    return {
      functionCall: { id, name, args: argumentsObject(written) },
      ...(thoughtSignature !== undefined && { thoughtSignature }),
    };
  });
}

function signatureOf(call: JsonObject | undefined): string | undefined {
  return asText(asObject(asObject(call?.['extra_content'])?.['google'])?.['thought_signature']);
}

/** The API identifies a result by the function's name, which only the call has. */
function resultPart(
  message: JsonObject,
  place: string,
  provider: string,
  calledNames: ReadonlyMap<string, string>,
): Part {
  const id = answeredCall(message, place);
  const name = calledNames.get(id);
  if (name === undefined) throw malformed(`${place}.tool_call_id`, 'the id of a tool call in a message before it');
  const text = textsOf(message, place, provider).join('\n\n');
  return { functionResponse: { id, name, response: responseOf(text) } };
}

/**
 * A tool result: an object as it is, anything else in `result`. A result that the API would misread goes out as text.
 */
function responseOf(text: string): Record<string, unknown> {
  const value = writtenJson(text);
  if (value === undefined || isMisread(value)) return { result: text };
  return asObject(value) ?? { result: value };
}
