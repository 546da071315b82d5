import fc from 'fast-check';
import type { Dialect, SpokenAnswer, SpokenPart } from './dialect.js';
import { jsonObject } from './conversations.js';

/** Cuts a text into as many pieces as there are sizes; never inside of a character, which no provider does. */
function inPieces(text: string, sizes: readonly number[]): string[] {
  const rest = Array.from(text);
  const pieces = sizes.map((size) => rest.splice(0, size).join(''));
  return [...pieces, rest.join('')].filter((piece) => piece !== '');
}

const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 6 });
const words = fc
  .tuple(fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }), fc.constantFrom('data: [DONE]\n\n', ' two  spaces \n\n', '"}]}😀👩🏽‍🚀')), sizes)
  .map(([text, cuts]) => inPieces(text.replaceAll('\r', ''), cuts)); // prettier-ignore

const texts: fc.Arbitrary<SpokenPart> = words
  .filter((pieces) => pieces.length > 0)
  .map((pieces) => ({ kind: 'text', pieces }));
const reasoning: fc.Arbitrary<SpokenPart> = words
  .filter((pieces) => pieces.length > 0)
  .map((pieces) => ({ kind: 'reasoning', pieces }));
const call: fc.Arbitrary<SpokenPart> = fc
  .tuple(fc.stringMatching(/^[a-z_][a-zA-Z0-9_]{0,12}$/), fc.stringMatching(/^call_[a-zA-Z0-9]{12}$/), fc.oneof(jsonObject, fc.constant({})), sizes)
  .map(([name, id, args, cuts]) => ({ kind: 'call', id, name, pieces: Object.keys(args).length === 0 ? [] : inPieces(JSON.stringify(args), cuts) })); // prettier-ignore

/** Answers that a dialect can give: reasoning first, then texts and tool calls in any order. */
export function answers({ knows }: Dialect): fc.Arbitrary<SpokenAnswer> {
  const said = fc.array(knows.tools ? fc.oneof(texts, call) : texts, { minLength: 1, maxLength: 4 });
  return fc
    .record({
      thought: fc.array(reasoning, { maxLength: knows.reasoning ? 1 : 0 }),
      said,
      finish: fc.constantFrom(...knows.finishes),
      promptTokens: fc.integer({ min: 1, max: 100_000 }),
      cachedShare: fc.constantFrom(0, 0, 0.5, 1),
      completionTokens: fc.integer({ min: 0, max: 10_000 }),
    })
    .filter(({ said: parts }) => haveOwnIds(parts))
    .map(({ thought, said: parts, finish, promptTokens, cachedShare, completionTokens }) => ({
      parts: [...thought, ...parts],
      // Every family says in a way of its own that the tools are to be called.
      finish: parts.some(({ kind }) => kind === 'call') ? 'stop' : finish,
      promptTokens,
      cachedTokens: knows.cachedTokens ? Math.floor(promptTokens * cachedShare) : 0,
      completionTokens,
    }));
}

function haveOwnIds(parts: readonly SpokenPart[]): boolean {
  const ids = parts.flatMap((part) => (part.kind === 'call' ? [part.id] : []));
  return new Set(ids).size === ids.length;
}
