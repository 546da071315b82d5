import type { ChatBody } from '../../../domain/call/call.js';
import type { CanonicalAnswer, CanonicalEvent, CanonicalFailure } from '../../canonical.js';
import type { RequestQuirks } from '../../quirks.js';
import { parameterNamesOf, withWireParameters, type ParameterNames } from './parameter-names.js';
import type { Protocol, StreamParser } from '../../protocol.js';
import { wireNamesOf, withWireNames, type WireNames } from './tool-names.js';
import { TopKeys, withTopKeys } from './top-keys.js';

/** Names that differ on the wire: those of tools, and those of their parameters by the caller's names of the tools. */
interface CallNames {
  readonly tools: WireNames | undefined;
  readonly parameters: ParameterNames | undefined;
}

/**
 * Wraps a wire family: in requests, tools and parameters go out under names that the provider allows. In answers they
 * get the caller's names back. If all names are allowed, nothing changes.
 */
export function withNamedTools(protocol: Protocol): Protocol {
  return {
    ...protocol,
    renderChat(call, quirks) {
      const names = namesOf(call.body, quirks.request);
      return protocol.renderChat(names ? { ...call, body: onTheWire(call.body, names) } : call, quirks);
    },
    parseAnswer(answer, context) {
      const parsed = protocol.parseAnswer(answer, context);
      const names = parsed && namesOf(context.call.body, context.quirks.request);
      return names ? withOriginalNames(parsed!, names) : parsed;
    },
    streamParser(context) {
      const names = namesOf(context.call.body, context.quirks.request);
      const parse = protocol.streamParser(context);
      return names ? withOriginalNamesInStream(parse, names) : parse;
    },
  };
}

function namesOf(body: ChatBody, { toolNames, parameterNames }: RequestQuirks = {}): CallNames | undefined {
  const tools = toolNames && wireNamesOf(body, toolNames);
  const parameters = parameterNames && parameterNamesOf(body, parameterNames);
  return tools || parameters ? { tools, parameters } : undefined;
}

function onTheWire(body: ChatBody, { tools, parameters }: CallNames): ChatBody {
  const renamed = parameters ? withWireParameters(body, parameters) : body;
  return tools ? withWireNames(renamed, tools) : renamed;
}

function withOriginalNames(
  answer: CanonicalAnswer | CanonicalFailure,
  { tools, parameters }: CallNames,
): CanonicalAnswer | CanonicalFailure {
  if ('kind' in answer) return answer;
  const choices = answer.choices.map((choice) => ({
    ...choice,
    toolCalls: choice.toolCalls.map((call) => {
      const name = tools?.originalNames.get(call.name) ?? call.name;
      const fields = parameters?.get(name)?.originalNames;
      return { ...call, name, arguments: fields ? withTopKeys(call.arguments, fields) : call.arguments };
    }),
  }));
  return { ...answer, choices };
}

function withOriginalNamesInStream(parse: StreamParser, { tools, parameters }: CallNames): StreamParser {
  const open = new OpenCalls(parameters);
  const named = (event: CanonicalEvent): CanonicalEvent[] => {
    if (event.kind !== 'tool_start') return open.take(event);
    const name = tools?.originalNames.get(event.name) ?? event.name;
    open.start(event.choice, event.key, name);
    return [{ ...event, name }];
  };
  return (event) => parse(event)?.flatMap(named);
}

/** The calls of a stream whose arguments have names that differ on the wire. */
class OpenCalls {
  readonly #keys = new Map<string, TopKeys>();

  constructor(private readonly parameters: ParameterNames | undefined) {}

  start(choice: number, key: string | number | undefined, name: string): void {
    const place = placeOf(choice, key);
    const fields = this.parameters?.get(name)?.originalNames;
    if (!fields) this.#keys.delete(place);
    else if (key === undefined || !this.#keys.has(place)) this.#keys.set(place, new TopKeys(fields));
  }

  take(event: CanonicalEvent): CanonicalEvent[] {
    if (event.kind !== 'tool_args' && event.kind !== 'tool_end') return [event];
    const place = placeOf(event.choice, event.key);
    const keys = this.#keys.get(place);
    if (!keys) return [event];
    if (event.kind === 'tool_args') return [{ ...event, text: keys.push(event.text) }];
    this.#keys.delete(place);
    return [{ kind: 'tool_args', choice: event.choice, key: event.key, text: keys.end() }, event];
  }
}

function placeOf(choice: number, key: string | number | undefined): string {
  return `${choice} ${typeof key} ${key}`;
}
