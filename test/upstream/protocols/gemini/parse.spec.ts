import type { CanonicalEvent } from '../../../../src/upstream/canonical.js';
import { gemini } from '../../../../src/upstream/protocols/gemini/index.js';
import { google } from '../../../../src/upstream/providers/google.js';
import { callOf } from '../../calling.js';

const CONTEXT = { call: callOf({ provider: 'google' }), quirks: google.quirks, headers: {} };

const candidate = (parts: object[], finishReason?: string, more: object = {}) => ({
  content: { role: 'model', parts },
  finishReason,
  ...more,
});
const counts = (prompt: number, output?: number, more: object = {}) => ({
  promptTokenCount: prompt,
  candidatesTokenCount: output,
  ...more,
});

/** What a stream of these chunks tells, less its start. */
function told(...chunks: unknown[]): readonly CanonicalEvent[] {
  const parse = gemini.streamParser(CONTEXT);
  return chunks
    .flatMap((chunk) => parse({ event: undefined, data: JSON.stringify(chunk) })!)
    .filter(({ kind }) => kind !== 'start');
}

function tokensOf(events: readonly CanonicalEvent[]) {
  return events.flatMap((event) =>
    event.kind === 'usage' ? [[event.usage.tokens.input, event.usage.tokens.output]] : [],
  );
}

describe('the end of an answer from Gemini', () => {
  const FAULTS = ['MALFORMED_FUNCTION_CALL', 'MALFORMED_RESPONSE', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'OTHER', 'NO_IMAGE', 'IMAGE_OTHER', 'FINISH_REASON_UNSPECIFIED']; // prettier-ignore
  const FILTERS = ['SAFETY', 'RECITATION', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION', 'LANGUAGE']; // prettier-ignore

  const both = (parts: object[], reason: string) => [
    gemini.parseAnswer({ candidates: [candidate(parts, reason)] }, CONTEXT),
    told({ candidates: [candidate(parts, reason)] }).at(-1),
  ];

  it.each([['STOP', 'stop'], ['MAX_TOKENS', 'length'], ['CONTINUATION', 'length'], ...FILTERS.map((reason) => [reason, 'content_filter'])])('%s is %s, whatever was said', (reason, finish) => {
    for (const parts of [[{ text: 'a' }], []]) {
      expect(both(parts, reason!)).toMatchObject([{ choices: [{ finish }] }, { kind: 'finish', reason: finish }]);
    }
  }); // prettier-ignore

  it.each(FAULTS)('%s is a fault of the model unless something was said', (reason) => {
    const failure = {
      kind: 'failure',
      code: 'upstream_unavailable',
      body: { error: { message: `the model gave no answer: ${reason}` } },
    };
    expect(both([], reason)).toEqual([failure, failure]);
    for (const parts of [[{ text: 'a' }], [{ functionCall: { name: 'f' } }]]) {
      expect(both(parts, reason)).toMatchObject([
        { choices: [{ finish: 'stop' }] },
        { kind: 'finish', reason: 'stop' },
      ]);
    }
  });

  it.each(FAULTS)('%s is a fault of the model although it thought before', (reason) => {
    const thought = { text: 'Hm.', thought: true };
    const failure = { kind: 'failure', code: 'upstream_unavailable' };
    expect(both([thought], reason)).toMatchObject([failure, failure]);
    expect(told({ candidates: [candidate([thought])] }, { candidates: [candidate([], reason)] })).toMatchObject([
      { kind: 'reasoning', text: 'Hm.' },
      failure,
    ]);
  });

  it('H8 is the end of them all where one choice among several came to nothing', () => {
    const candidates = [candidate([{ text: 'b' }], 'STOP', { index: 1 }), candidate([], 'OTHER')];
    const failure = {
      kind: 'failure',
      code: 'upstream_unavailable',
      body: { error: { message: 'the model gave no answer: OTHER' } },
    };
    for (const several of [candidates, candidates.toReversed()]) {
      expect(gemini.parseAnswer({ candidates: several }, CONTEXT)).toEqual(failure);
      expect(told({ candidates: several })).toContainEqual(failure);
    }
  });

  it.each([
    [0, 2],
    [0, 0],
  ])('H4 is counted where it says that a prompt of %j tokens was read and %j were written', (prompt, written) => {
    const chunk = { candidates: [candidate([{ text: 'a' }], 'STOP')], usageMetadata: counts(prompt, written) };
    expect(tokensOf(told(chunk))).toEqual([[prompt, written]]);
    expect(gemini.parseAnswer(chunk, CONTEXT)).toMatchObject({ usage: { tokens: { input: prompt, output: written } } });
  });

  it('is never an answer where nothing is', () => {
    expect(gemini.parseAnswer({}, CONTEXT)).toBeUndefined();
    expect(gemini.parseAnswer({ candidates: [], usageMetadata: counts(1) }, CONTEXT)).toBeUndefined();
  });
});

describe('a stream from Gemini', () => {
  it('tells parts in their order, and calls whole', () => {
    const parts = [{ text: 'Hm.', thought: true }, { text: 'a' }, { functionCall: { name: 'f', args: { x: [1] } } }, { inlineData: {} }, { text: 'b' }];
    expect(told({ candidates: [candidate(parts)] }, { candidates: [candidate([{ functionCall: { name: 'g' } }], 'STOP')] })).toEqual([
      { kind: 'reasoning', choice: 0, text: 'Hm.' },
      { kind: 'text', choice: 0, text: 'a' },
      { kind: 'tool_start', choice: 0, key: 0, name: 'f' },
      { kind: 'tool_args', choice: 0, key: 0, text: '{"x":[1]}' },
      { kind: 'tool_end', choice: 0, key: 0 },
      { kind: 'text', choice: 0, text: 'b' },
      { kind: 'tool_start', choice: 0, key: 1, name: 'g' },
      { kind: 'tool_args', choice: 0, key: 1, text: '{}' },
      { kind: 'tool_end', choice: 0, key: 1 },
      { kind: 'finish', choice: 0, reason: 'stop' },
    ]);
  }); // prettier-ignore

  it('has the counts of its latest chunk, and none before there is something to count', () => {
    const events = told(
      { candidates: [candidate([{ text: 'a' }])], usageMetadata: counts(9) },
      { candidates: [candidate([{ text: 'b' }])], usageMetadata: counts(9, 4, { thoughtsTokenCount: 2 }) },
      { candidates: [candidate([], 'STOP')], usageMetadata: counts(9, 5) },
      { usageMetadata: counts(9, 6) },
    );
    expect(tokensOf(events)).toEqual([[9, 6], [9, 5], [9, 6]]); // prettier-ignore
  });

  it('that says nothing has counts all the same', () => {
    expect(tokensOf(told({ candidates: [candidate([], 'SAFETY')], usageMetadata: counts(9) }))).toEqual([[9, 0]]);
  });

  it('without counts has no usage', () => {
    expect(
      tokensOf(told({ candidates: [candidate([{ text: 'a' }], 'STOP')], usageMetadata: { candidatesTokenCount: 3 } })),
    ).toEqual([]);
  });

  it('gives the likelihood of its words', () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'né', logProbability: -0.5 }],
      topCandidates: [{ candidates: [{ token: 'no', logProbability: -1 }] }],
    };
    const [text] = told({ candidates: [candidate([{ text: 'né' }], undefined, { logprobsResult })] });
    expect(text).toMatchObject({
      logprobs: {
        content: [
          { token: 'né', logprob: -0.5, bytes: [110, 195, 169], top_logprobs: [{ token: 'no', logprob: -1, bytes: [110, 111] }] },
        ],
        refusal: null,
      },
    }); // prettier-ignore
  });

  it('fails with the error that stands in it, also in a list of one', () => {
    const error = { code: 503, message: 'Overloaded', status: 'UNAVAILABLE' };
    for (const chunk of [{ error }, [{ error }]]) expect(told(chunk)).toEqual([{ kind: 'failure', body: { error } }]);
  });

  it('fails as a blocked prompt does, with what Google says of it', () => {
    const promptFeedback = { blockReason: 'BLOCKLIST', blockReasonMessage: 'a word' };
    expect(told({ promptFeedback })).toEqual([
      {
        kind: 'failure',
        code: 'upstream_content_filter',
        body: { error: { message: 'the prompt was blocked: BLOCKLIST (a word)' } },
      },
    ]);
  });

  it('holds nothing else', () => {
    expect(gemini.streamParser(CONTEXT)({ event: undefined, data: 'rubbish' })).toBeUndefined();
  });
});

describe('what an answer from Gemini took', () => {
  const usage = (usageMetadata: object) => {
    const answer = gemini.parseAnswer({ candidates: [candidate([{ text: 'a' }], 'STOP')], usageMetadata }, CONTEXT);
    if (!answer || 'kind' in answer) throw new Error('no answer came');
    return answer.usage!;
  };
  const heard = (tokenCount: number) => [
    { modality: 'TEXT', tokenCount: 10 },
    { modality: 'AUDIO', tokenCount },
  ];

  it('counts sound that was not cached apart, and shows all of it', () => {
    const { tokens, shown } = usage({
      promptTokenCount: 200,
      candidatesTokenCount: 4,
      cachedContentTokenCount: 40,
      promptTokensDetails: heard(100),
      cacheTokensDetails: heard(30),
    });
    expect(tokens).toMatchObject({ input: 200, cachedInput: 40, audioInput: 70, output: 4 });
    expect(shown).toMatchObject({
      prompt_tokens: 200,
      prompt_tokens_details: { cached_tokens: 40, audio_tokens: 100 },
    });
  });

  it('has the results of Google’s own tools in the prompt, and thoughts in the answer', () => {
    const { tokens } = usage({
      promptTokenCount: 10,
      toolUsePromptTokenCount: 5,
      candidatesTokenCount: 4,
      thoughtsTokenCount: 3,
    });
    expect(tokens).toMatchObject({ input: 15, output: 7, reasoning: 3, audioInput: 0 });
  });
});

describe('a call from Gemini', () => {
  it('without a name has none', () => {
    expect(told({ candidates: [candidate([{ functionCall: { args: {} } }])] })[0]).toMatchObject({
      kind: 'tool_start',
      name: '',
    });
  });
});

describe('who answers', () => {
  it('is named as Google names it', () => {
    const answer = gemini.parseAnswer(
      {
        candidates: [candidate([{ text: 'a' }])],
        responseId: 'r1',
        modelVersion: 'gemini-x',
        createTime: '2026-11-20T10:15:02.9Z',
      },
      CONTEXT,
    );
    expect(answer).toMatchObject({
      id: 'r1',
      model: 'gemini-x',
      created: Date.UTC(2026, 10, 20, 10, 15, 2) / 1000,
      usage: undefined,
    });
  });
});
