import type { Provider } from '../../src/upstream/provider.js';
import { CASE_STREAMS, type CaseName } from './provider-case-names.js';
import { isFailure, readFixture, type ExpectedAnswer, type ProviderFixture } from './provider-fixture.js';

/** What a fixture does not show although its case is about it; undefined when it does. */
type CaseRule = (fixture: ProviderFixture) => string | undefined;

const UNSUPPORTED = 'unsupported_parameter';

/** What a provider cannot do is a case too: nothing is sent, and the caller is told which field it is. */
function orRefused(lack: CaseRule): CaseRule {
  return (fixture) => {
    const { upstream, expect: expected } = fixture;
    if (!isFailure(expected) || expected.error.code !== UNSUPPORTED) return lack(fixture);
    if (expected.error.param === undefined) return 'a refusal that names its "param"';
    return upstream.length > 0 ? 'a refusal before anything is sent' : undefined;
  };
}

function answer(what: string, has: (answer: ExpectedAnswer, fixture: ProviderFixture) => boolean): CaseRule {
  return (fixture) => (!isFailure(fixture.expect) && has(fixture.expect, fixture) ? undefined : what);
}

function failure(code: string, has: (fixture: ProviderFixture) => boolean = () => true, what = ''): CaseRule {
  return (fixture) =>
    isFailure(fixture.expect) && fixture.expect.error.code === code && has(fixture)
      ? undefined
      : `an error ${code}${what}`;
}

/** The request holds, somewhere, this piece of JSON. */
const asks = ({ call }: ProviderFixture, pattern: RegExp) => pattern.test(JSON.stringify(call.body));

const hasText = answer('an answer with text', ({ content }) => (content ?? '') !== '');
const hasCall = answer(
  'a tool call with arguments',
  ({ tool_calls: calls = [] }) => calls.length === 1 && Object.keys(calls[0]!.arguments as object).length > 0,
);
const hasCounts = answer('usage', ({ usage }) => usage !== null);
const hadBegun = ({ expect: expected }: ProviderFixture) => isFailure(expected) && typeof expected.content === 'string';

/** What each case must show. */
const LACKS: Readonly<Record<CaseName, CaseRule>> = {
  text: hasText,
  'text-stream': hasText,
  'tool-call': orRefused(hasCall),
  'tool-call-stream': orRefused(hasCall),
  'parallel-tools-stream': orRefused(answer('two tool calls', ({ tool_calls: calls = [] }) => calls.length >= 2)),
  'tool-no-arguments': orRefused(
    answer(
      'a tool call with {}',
      ({ tool_calls: calls = [] }) => calls.length === 1 && JSON.stringify(calls[0]!.arguments) === '{}',
    ),
  ),
  'tool-result': orRefused(
    answer(
      'a tool result in the request',
      (_, fixture) => asks(fixture, /"role":"tool"/) && asks(fixture, /"tool_calls":\[/),
    ),
  ),
  vision: orRefused(answer('an image as data: URL in the request', (_, fixture) => asks(fixture, /"data:image\//))),
  'vision-url': orRefused(answer('an image by URL in the request', (_, fixture) => asks(fixture, /"https?:/))),
  schema: orRefused(
    answer(
      'a JSON schema in the request',
      ({ content }, fixture) => asks(fixture, /"json_schema"/) && content !== null,
    ),
  ),
  'usage-details': hasCounts,
  'usage-details-stream': hasCounts,
  length: answer('finish_reason length', ({ finish_reason: reason }) => reason === 'length'),
  'auth-error': failure('upstream_auth_failed'),
  'rate-limit': failure(
    'upstream_quota_exceeded',
    ({ expect: expected }) => isFailure(expected) && expected.error.retry_after_ms !== undefined,
    ' with retry_after_ms',
  ),
  'context-length': failure('upstream_context_length_exceeded'),
  'content-filter': ({ expect: expected }) => {
    const told = isFailure(expected)
      ? expected.error.code === 'upstream_content_filter'
      : expected.finish_reason === 'content_filter';
    return told ? undefined : 'finish_reason content_filter or an error upstream_content_filter';
  },
  'server-error': failure('upstream_unavailable'),
  'mid-stream-error': (fixture) => (hadBegun(fixture) ? undefined : 'an error, and the "content" before it'),
  'truncated-stream': failure(
    'upstream_unavailable',
    (fixture) => hadBegun(fixture) && fixture.upstream.some(({ answer: { cut } }) => cut === true),
    ' by an answer with "cut": true, and the "content" before it',
  ),
};

/** Providers that fetch no images have them sent along, and no case of their own for that. */
const NEEDED_OF: { readonly [name in CaseName]?: (provider: Provider) => boolean } = {
  'vision-url': ({ quirks }) => quirks.request?.inlineImages !== 'all' && !quirks.request?.noImages,
};

/** Cases told twice, whole and as a stream. */
export const TWINS = [
  ['text', 'text-stream'],
  ['tool-call', 'tool-call-stream'],
  ['usage-details', 'usage-details-stream'],
] as const;

/** The cases that this provider must have. */
export function casesNeededOf(provider: Provider): CaseName[] {
  return (Object.keys(CASE_STREAMS) as CaseName[]).filter((name) => NEEDED_OF[name]?.(provider) ?? true);
}

/**
 * A provider's fixture of a case, from its folder.
 * @throws Error that names the provider and the case, when it is missing or does not show what its case is about
 */
export function caseOf(folder: string, provider: string, name: string): ProviderFixture {
  const fixture = readFixture(folder, name);
  if (!fixture) throw new Error(`${provider} lacks the case "${name}"`);
  const lack = lackOf(name, fixture);
  if (lack !== undefined) throw new Error(`${provider}: the case "${name}" must show ${lack}`);
  return fixture;
}

function lackOf(name: string, fixture: ProviderFixture): string | undefined {
  if (!isCaseName(name)) return undefined;
  if (CASE_STREAMS[name] && fixture.call.body['stream'] !== true) return 'a request with "stream": true';
  const lack = LACKS[name](fixture);
  if (lack !== undefined) return lack;
  return isFailure(fixture.expect) || fixture.upstream.length > 0
    ? undefined
    : 'what is sent and what comes back, in "upstream"';
}

function isCaseName(name: string): name is CaseName {
  return Object.hasOwn(CASE_STREAMS, name);
}
