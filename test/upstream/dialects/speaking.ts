import type { UpstreamCall } from '../../../src/upstream/exchange.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import type { Provider } from '../../../src/upstream/provider.js';
import type { Upstream } from '../../../src/upstream/calls/upstream.js';
import type { Cutting, FixtureUpstream, Hold } from '../../support/fixture-upstream.js';
import { objectsIn } from '../../support/sse-answer.js';
import { fixtureCall, outcomeOf, type Outcome } from '../fixture-run.js';
import { callsOf, type Dialect, type SpokenAnswer } from './dialect.js';
import { DIALECTS } from './index.js';
import { copiedChat } from './openai-chat.js';

/** A provider that speaks a dialect. */
export interface Speaker {
  readonly provider: Provider;
  readonly dialect: Dialect;
}

/** What a call is to say, to whom, and how the answer is to come. */
export interface Speech extends Speaker {
  readonly answer: SpokenAnswer;
  readonly stream: boolean;
  readonly includeUsage?: boolean;
  readonly cutting?: Cutting;
  readonly hold?: Hold;
}

/** Every provider with the dialects it may answer in: OpenAI's copies have two, OpenAI itself its own. */
export function speakers(): Speaker[] {
  return PROVIDERS.filter(({ reach }) => reach !== 'in-process').flatMap((provider) => {
    const dialect = DIALECTS[provider.protocol];
    const copies = dialect.family === 'openai-chat' && !provider.quirks.response?.passthrough;
    return copies ? [{ provider, dialect }, { provider, dialect: copiedChat }] : [{ provider, dialect }]; // prettier-ignore
  });
}

/** One speaker of every wire family, in each of its dialects; one whose answers go through the gateway's own words. */
export function speakersOfFamilies(): Speaker[] {
  const own = speakers().filter(({ provider }) => !provider.quirks.response?.passthrough);
  return own.filter(({ dialect }, no) => own.findIndex((other) => other.dialect === dialect) === no);
}

/** Has an answer spoken by a real server, and gives what came of it. */
export async function spoken(room: Upstream, server: FixtureUpstream, speech: Speech): Promise<Outcome> {
  return outcomeOf(room, speechCall(server, speech), server);
}

/** The call that a speech answers, with the server ready for it. */
export function speechCall(server: FixtureUpstream, speech: Speech): UpstreamCall {
  const { provider, dialect, answer, stream, includeUsage = true, cutting = [Infinity], hold } = speech;
  const served = stream ? dialect.streamed(answer) : dialect.whole(answer);
  server.plan(
    served.map((one) => ({ sent: { path: '/' }, answer: one })),
    cutting,
    hold,
  );
  const body = { messages: [{ role: 'user', content: 'Hi' }], ...(stream && { stream }) };
  const fixture = { call: { model: dialect.model, body }, upstream: [], expect: { error: { code: '' } } };
  return fixtureCall(provider, fixture, server.origin, stream ? includeUsage : undefined);
}

/** One thing that an answer says, whatever the pieces it came in. */
export type Saying =
  { readonly text: string } | { readonly reasoning: string } | { readonly name: string; readonly args: unknown };

/** What an answer says, in its order; neighbours of one kind are one. */
export function sayingsOf(answer: SpokenAnswer): Saying[] {
  const calls = callsOf(answer);
  const sayings: Saying[] = [];
  for (const part of answer.parts) {
    if (part.kind === 'call') {
      const { name, args } = calls.shift()!;
      sayings.push({ name, args });
    } else add(sayings, part.kind, part.pieces.join(''));
  }
  return sayings;
}

/** What the chunks of a stream say, in the same form. */
export function sayingsIn(bytes: string): Saying[] {
  const sayings: Saying[] = [];
  const args = new Map<number, string>();
  for (const { choices } of objectsIn(bytes)) {
    const { content, reasoning_content: reasoning, tool_calls: calls = [] } = choices[0]?.delta ?? {};
    if (reasoning) add(sayings, 'reasoning', reasoning);
    if (content) add(sayings, 'text', content);
    for (const { index, function: called } of calls) {
      if (called.name) {
        args.set(index, '');
        // The arguments are parsed once they are complete, which is when somebody looks.
        const saying = { name: called.name as string, get args() { return JSON.parse(args.get(index)!) as unknown; } }; // prettier-ignore
        sayings.push(saying);
      }
      args.set(index, args.get(index)! + called.arguments);
    }
  }
  return sayings.map((saying) => ({ ...saying }));
}

function add(sayings: Saying[], kind: 'text' | 'reasoning', more: string): void {
  const last = sayings.at(-1) as Record<string, string> | undefined;
  if (last && kind in last) sayings[sayings.length - 1] = { [kind]: last[kind]! + more } as Saying;
  else sayings.push({ [kind]: more } as Saying);
}
