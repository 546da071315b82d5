import type { CanonicalAnswer, CanonicalEvent, CanonicalFailure } from '../canonical.js';
import type { AnswerContext, Protocol, StreamParser } from './protocol.js';
import { wireNamesOf, withWireNames, type WireNames } from './tool-names.js';

/**
 * A wire family in whose requests tools go out under names that the provider takes, and in whose answers they have the caller's names again.
 * Where the provider has no rule for names, or the call keeps it, nothing is touched.
 */
export function withNamedTools(protocol: Protocol): Protocol {
  return {
    ...protocol,
    renderChat(call, quirks) {
      const names = quirks.toolNames && wireNamesOf(call.body, quirks.toolNames);
      return protocol.renderChat(names ? { ...call, body: withWireNames(call.body, names) } : call, quirks);
    },
    parseAnswer(answer, context) {
      const told = protocol.parseAnswer(answer, context);
      const names = told && namesOf(context);
      return names ? withCallersNames(told!, names) : told;
    },
    streamParser(context) {
      const names = namesOf(context);
      const parse = protocol.streamParser(context);
      return names ? withCallersNamesInStream(parse, names) : parse;
    },
  };
}

function namesOf({ call, quirks }: AnswerContext): WireNames | undefined {
  return quirks.toolNames && wireNamesOf(call.body, quirks.toolNames);
}

function withCallersNames(answer: CanonicalAnswer | CanonicalFailure, { told }: WireNames): CanonicalAnswer | CanonicalFailure {
  if ('kind' in answer) return answer;
  const choices = answer.choices.map((choice) => ({
    ...choice,
    toolCalls: choice.toolCalls.map((call) => ({ ...call, name: told.get(call.name) ?? call.name })),
  }));
  return { ...answer, choices };
}

function withCallersNamesInStream(parse: StreamParser, { told }: WireNames): StreamParser {
  const named = (event: CanonicalEvent): CanonicalEvent =>
    event.kind === 'tool_start' ? { ...event, name: told.get(event.name) ?? event.name } : event;
  return (event) => parse(event)?.map(named);
}
