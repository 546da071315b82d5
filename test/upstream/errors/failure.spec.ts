import type { ErrorCode } from '../../../src/domain/errors.js';
import { CallerText } from '../../../src/upstream/errors/caller-text.js';
import { failureInBand, failureOfStatus, type FailureContext } from '../../../src/upstream/errors/failure.js';

const API_KEY = 'my-own-key-0123456789';
const NOW_MS = Date.UTC(2026, 10, 22, 12);
const CONTEXT = { provider: 'openai', secrets: [API_KEY], nowMs: NOW_MS };

const of = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  failureOfStatus(CONTEXT, status, headers, typeof body === 'string' ? body : JSON.stringify(body));
const openai = (
  message: string,
  code: string | null = null,
  type = 'invalid_request_error',
  param: string | null = null,
) => ({
  error: { message, type, param, code },
});

describe('an error of a provider', () => {
  it.each<[ErrorCode, number, unknown]>([
    // OpenAI
    ['upstream_auth_failed', 401, openai('Incorrect API key provided: sk-abc***xyz.', 'invalid_api_key')],
    ['upstream_invalid_request', 404, openai('The model `gpt-9` does not exist or you do not have access to it.', 'model_not_found')],
    ['upstream_quota_exceeded', 429, openai('You exceeded your current quota', 'insufficient_quota', 'insufficient_quota')],
    ['upstream_quota_exceeded', 429, openai('Rate limit reached for gpt-4o', 'rate_limit_exceeded', 'tokens')],
    ['upstream_context_length_exceeded', 400, openai("This model's maximum context length is 128000 tokens.", 'context_length_exceeded', undefined, 'messages')],
    ['upstream_content_filter', 400, openai('Invalid prompt: flagged as potentially violating our usage policy', 'invalid_prompt')],
    ['upstream_content_filter', 400, openai('rejected', 'content_policy_violation')],
    ['upstream_invalid_request', 400, openai('Invalid image.', 'invalid_image_url')],
    ['upstream_invalid_request', 400, openai("Unsupported parameter: 'max_tokens'", 'unsupported_parameter', undefined, 'max_tokens')],
    ['upstream_invalid_request', 400, openai("Invalid 'user': string too long. maximum context length", 'string_above_max_length', undefined, 'user')],
    ['upstream_unavailable', 503, openai('The server is overloaded', null, 'server_error')],
    ['upstream_unavailable', 500, openai('The server had an error', null, 'server_error')],
    // Ollama
    ['upstream_invalid_request', 404, openai('model "x" not found, try pulling it first', null, 'not_found_error')],
    ['upstream_context_length_exceeded', 400, openai('prompt too long; exceeded max context length by 12 tokens')],
    ['upstream_auth_failed', 401, { error: 'unauthorized' }],
    // The shapes of the others
    ['upstream_auth_failed', 400, { code: 'invalid-argument', error: 'Incorrect API key provided: xa***zz.' }],
    ['upstream_context_length_exceeded', 400, { message: 'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192', type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' }],
    ['upstream_unavailable', 529, { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
    ['upstream_context_length_exceeded', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 200001 tokens > 200000 maximum' } }],
    ['upstream_quota_exceeded', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'Your credit balance is too low to access the API' } }],
    ['upstream_quota_exceeded', 400, { type: 'error', error: { type: 'invalid_request_error', message: 'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.' } }],
    ['upstream_quota_exceeded', 429, [{ error: { code: 429, message: 'Resource exhausted', status: 'RESOURCE_EXHAUSTED' } }]],
    ['upstream_auth_failed', 400, { error: { code: 400, message: 'API key not valid. Please pass a valid API key.', status: 'INVALID_ARGUMENT' } }],
    ['upstream_invalid_request', 422, { object: 'error', message: { detail: [{ loc: ['body', 'temperature'], msg: 'too hot' }] }, type: 'invalid_request_error' }],
    ['upstream_invalid_request', 422, { detail: [{ loc: ['body', 'n'], msg: 'ensure this value is less than 2' }] }],
    ['upstream_invalid_request', 422, { title: 'Invalid input', detail: 'prompt is required', status: 422 }],
    ['upstream_quota_exceeded', 500, { error: { message: 'Provider returned error', code: 429, metadata: { raw: 'slow down' } } }],
    ['upstream_content_filter', 403, { error: { code: 403, message: 'Your input was refused', metadata: { reasons: ['violence'] } } }],
    ['upstream_auth_failed', 401, { statusCode: 401, message: 'Access denied due to missing subscription key.' }],
    ['upstream_invalid_request', 400, { fault: { faultstring: 'Body too strange' } }],
    ['upstream_quota_exceeded', 402, { message: 'Insufficient Balance' }],
    ['upstream_quota_exceeded', 413, openai('Request too large for model on tokens per minute (TPM)', 'rate_limit_exceeded', 'tokens')],
    ['upstream_content_filter', 400, openai('Content Exists Risk')],
    ['upstream_context_length_exceeded', 422, { error: { message: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097', type: 'x' } }],
    // xAI, where a bad key is a 400 and money a 403
    ['upstream_quota_exceeded', 403, { code: 'The caller does not have permission', error: "Your newly created team doesn't have any credits yet." }],
    ['upstream_quota_exceeded', 429, { code: 'exhausted', error: 'Your team has reached its monthly spending limit.' }],
    ['upstream_auth_failed', 403, { code: 'The caller does not have permission', error: 'The API key is disabled.' }],
    ['upstream_content_filter', 403, { code: 'denied', error: 'Content violates usage guidelines.' }],
    ['upstream_context_length_exceeded', 400, { code: 'invalid', error: "This model's maximum prompt length is 131072 but the request contains 140000 tokens." }],
    // Cerebras
    ['upstream_auth_failed', 401, { message: 'Wrong API Key', type: 'invalid_request_error', param: 'api_key', code: 'wrong_api_key' }],
    ['upstream_quota_exceeded', 503, { message: 'busy', type: 'too_many_requests_error', param: 'queue', code: 'queue_exceeded' }],
    // Azure: a code that is a status, filters, the gateway before it
    ['upstream_quota_exceeded', 500, { error: { code: '429', message: 'No capacity.' } }],
    ['upstream_content_filter', 400, { error: { code: null, message: 'Filtered.', innererror: { code: 'ResponsibleAIPolicyViolation' } } }],
    ['upstream_invalid_request', 404, { error: { code: 'DeploymentNotFound', message: 'The API deployment for this resource does not exist.' } }],
    // Google: a reason among the details
    ['upstream_auth_failed', 400, [{ error: { code: 400, message: 'Please renew it.', status: 'INVALID_ARGUMENT', details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID' }] } }]],
    ['upstream_auth_failed', 400, { error: { code: 400, message: 'User location is not supported for the API use.', status: 'FAILED_PRECONDITION' } }],
    ['upstream_context_length_exceeded', 400, { error: { code: 400, message: 'The input token count (1048999) exceeds the maximum number of tokens allowed (1048576).', status: 'INVALID_ARGUMENT' } }],
    // Mistral
    ['upstream_auth_failed', 401, { detail: 'Invalid API Key' }],
    ['upstream_auth_failed', 401, { message: 'No API key found in request', request_id: '9f' }],
    ['upstream_context_length_exceeded', 400, { object: 'error', message: 'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length', type: 'invalid_request_error', param: null, code: '3051' }],
    // Cohere
    ['upstream_context_length_exceeded', 400, { message: 'too many tokens: size limit exceeded by 112 tokens.', id: 'a1' }],
    ['upstream_context_length_exceeded', 400, { message: 'shorten it', error_type: 'TOO_MANY_TOKENS' }],
    ['upstream_content_filter', 498, { message: 'the input was blocked' }],
    // Perplexity, Together, Fireworks, Hugging Face, Replicate
    ['upstream_context_length_exceeded', 400, { error: { message: 'Too long.', type: 'too_many_prompt_tokens', code: 400 } }],
    ['upstream_context_length_exceeded', 403, { error: { message: 'input token count + max_tokens parameter > context length' } }],
    ['upstream_context_length_exceeded', 400, { error: { object: 'error', type: 'invalid_request_error', message: 'The prompt is too long: 140000, model maximum context length: 131072' } }],
    ['upstream_quota_exceeded', 402, { error: 'You have exceeded your monthly included credits for Inference Providers.' }],
    ['upstream_unavailable', 503, { error: 'Model x is currently loading', estimated_time: 20 }],
    ['upstream_invalid_request', 422, 'Failed to deserialize the JSON body into the target type'],
    ['upstream_auth_failed', 401, { title: 'Unauthenticated', detail: 'You did not pass a token', status: 401 }],
    // OpenRouter: the provider's own words, as text or as JSON
    ['upstream_context_length_exceeded', 400, { error: { code: 400, message: 'Provider returned error', metadata: { raw: { error: { message: 'prompt is too long: 9 tokens > 8 maximum' } } } } }],
    ['upstream_content_filter', 403, { error: { code: 403, message: 'Refused', metadata: { flagged_input: 'x' } } }],
    ['upstream_context_length_exceeded', 400, { error: { code: 400, message: 'Provider returned error', metadata: { error_type: 'context_length_exceeded' } } }],
    ['upstream_content_filter', 400, { error: { code: 400, message: 'Provider returned error', metadata: { error_type: 'content_policy_violation' } } }],
    ['upstream_quota_exceeded', 403, { error: { code: 403, message: 'Key limit exceeded (monthly limit)' } }],
    // Bedrock
    ['upstream_context_length_exceeded', 400, { message: 'Malformed input request: expected maxLength: 20000, actual: 25000' }],
    ['upstream_auth_failed', 403, { Message: 'User is not authorized to perform the action' }],
    ['upstream_auth_failed', 400, { message: 'The security token included in the request is expired' }],
    ['upstream_quota_exceeded', 429, { message: 'Too many tokens, please wait before trying again.' }],
    // Errors in texts of JSON, and in lists
    ['upstream_quota_exceeded', 500, { error: '{"error":{"code":429,"message":"slow down"}}' }],
    ['upstream_auth_failed', 502, { error: { message: '{"error":{"code":401,"message":"Incorrect API key provided."}}', code: 502 } }],
    ['upstream_content_filter', 400, { message: '{"error":{"message":"no","code":"content_policy_violation"}}' }],
    ['upstream_auth_failed', 400, { success: false, errors: [{ code: 10000, message: 'Authentication error' }] }],
    ['upstream_invalid_request', 400, { error: { code: 400, message: 'Provider returned error', metadata: { raw: '{"error":{"message":"schema of throttle","code":"invalid_function_parameters"}}' } } }],
    ['upstream_invalid_request', 400, 'event: error\ndata: {"error":{"message":"schema of throttle","code":"invalid_function_parameters"}}\n\n'],
    ['upstream_quota_exceeded', 503, 'data: {"error":{"code":429,"message":"slow down"}}\n\ndata: [DONE]\n\n'],
    ['upstream_quota_exceeded', 500, JSON.stringify('{"error":{"code":429,"message":"slow down"}}')],
    // No shape at all
    ['upstream_unavailable', 502, '<html><body>Bad gateway of internal-host-7</body></html>'],
    ['upstream_unavailable', 404, '<!DOCTYPE html><p>nothing here</p>'],
    ['upstream_auth_failed', 401, '<html>login</html>'],
    ['upstream_auth_failed', 403, ''],
    ['upstream_quota_exceeded', 429, ''],
    ['upstream_invalid_request', 413, ''],
    ['upstream_invalid_request', 400, 'upstream says no'],
    ['upstream_unavailable', 408, ''],
    ['upstream_unavailable', 302, ''],
    ['upstream_unavailable', 520, 'web server returned an unknown error'],
  ])('is %s for %i %j', (code, status, body) => {
    const error = of(status, body);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^openai: ./);
    expect(error.message).not.toMatch(/html|internal-host|\*\*\*/i);
  }); // prettier-ignore

  it.each<[ErrorCode, number, string]>([
    ['upstream_unavailable', 429, 'ModelNotReadyException:http://internal.amazon.com/coral/'],
    ['upstream_quota_exceeded', 400, 'ServiceQuotaExceededException'],
    ['upstream_auth_failed', 400, 'UnrecognizedClientException'],
    ['upstream_unavailable', 424, 'ModelErrorException'],
    ['upstream_invalid_request', 400, 'ValidationException:'],
  ])('is %s for %i by the type in Amazon’s header: %s', (code, status, type) => {
    expect(of(status, { message: 'It did not work.' }, { 'x-amzn-errortype': type }).code).toBe(code);
  });

  it('means what the provider means by its status or its silence', () => {
    const told = (status: number, text: string, quirks: FailureContext['quirks']) =>
      failureOfStatus({ ...CONTEXT, quirks: quirks! }, status, {}, text).code;
    expect(told(412, 'precondition', { statusCodes: { 412: 'upstream_quota_exceeded' } })).toBe(
      'upstream_quota_exceeded',
    );
    expect(told(412, 'prompt is too long', { statusCodes: { 412: 'upstream_auth_failed' } })).toBe(
      'upstream_context_length_exceeded',
    );
    expect(told(412, 'precondition', {})).toBe('upstream_invalid_request');
    for (const status of [400, 413]) {
      expect(told(status, ' \n', { emptyErrorIsContext: true })).toBe('upstream_context_length_exceeded');
      expect(told(status, 'no', { emptyErrorIsContext: true })).toBe('upstream_invalid_request');
    }
    expect(told(400, '<html>', { emptyErrorIsContext: true })).toBe('upstream_unavailable');
    expect(told(413, '<html>', { emptyErrorIsContext: true })).toBe('upstream_invalid_request');
    expect(told(422, '', { emptyErrorIsContext: true })).toBe('upstream_invalid_request');
  });

  it.each<[number, unknown, boolean | undefined, number | undefined]>([
    [402, { error: { message: 'Insufficient credits', code: 402 } }, false, 1000],
    [402, '', false, 1000],
    [429, openai('You exceeded your current quota', 'insufficient_quota'), false, 1000],
    [429, openai('You exceeded your current quota, please check your plan.'), false, 1000],
    [429, openai('You exceeded your current quota. Please retry in 34s.'), undefined, 34_000],
    [400, { error: { message: 'Your credit balance is too low to access the API' } }, false, 1000],
    [429, openai('Rate limit reached'), undefined, 1000],
    [401, openai('Incorrect API key provided'), false, undefined],
    [
      429,
      openai('Your account is not active, please check your billing details on our website.', 'billing_not_active'),
      false,
      1000,
    ],
    [403, { error: { code: 403, message: 'Key limit exceeded (monthly limit)' } }, false, 1000],
    [413, '<html>too large</html>', false, undefined],
    [503, '', true, 1000],
    [400, 'no', false, undefined],
  ])('over %i %j advises a retry or not: %s', (status, body, shouldRetry, retryAfterMs) => {
    expect(of(status, body)).toMatchObject({ shouldRetry, retryAfterMs });
  });

  it('R34 it has one status by the error table, whatever the provider’s was', () => {
    expect(of(401, '').status).toBe(502);
    expect(of(403, '').type).toBe('upstream_error');
    expect(of(404, '').status).toBe(400);
    expect(of(500, '').status).toBe(503);
    expect(of(402, '').status).toBe(429);
  });

  it('keeps the provider’s own words and parameter', () => {
    const error = of(
      400,
      openai("Unsupported value: 'temperature' does not support 0.3", 'unsupported_value', undefined, 'temperature'),
    );
    expect(error).toMatchObject({
      message: "openai: Unsupported value: 'temperature' does not support 0.3",
      param: 'temperature',
    });
    expect(of(422, { detail: [{ loc: ['body', 'n'], msg: 'too large' }, { msg: 'and odd' }] }).message).toBe('openai: body.n: too large; and odd'); // prettier-ignore
    expect(of(500, { error: { message: 'Provider returned error', metadata: { raw: 'out of memory' } } }).message).toBe(
      'openai: Provider returned error: out of memory',
    );
    expect(of(500, '').message).toBe('openai: answered HTTP 500');
    expect(of(502, '<html>').message).toBe('openai: answered HTTP 502 with a web page');
  });

  it.each([
    ['the key of the call', `bad key ${API_KEY}!`, API_KEY],
    ['keys by their look', 'key sk-proj-AbC_123-xyz and ko_0123456789abcdef', 'AbC_123'],
    ['masked keys', 'Incorrect API key provided: abcd1234****wxyz.', 'wxyz'],
    ['bearer tokens', 'got Authorization: Bearer abc.def-ghi', 'abc.def-ghi'],
    ['keys in queries', 'POST /v1beta/models?key=AQ.Ab8RN6 failed', 'AQ.Ab8RN6'],
    ['URLs', 'see https://user:pass@internal.example/path?x=1 for more', 'internal.example'],
    ['e-mail addresses', 'contact ada@example.com', 'ada@example.com'],
    ['account ids', 'organization org-AbCdEf123456 has no access', 'AbCdEf123456'],
    ['ARNs', 'arn:aws:bedrock:eu-west-1:123456789012:model/x is not allowed', '123456789012'],
    ['keys of Bedrock', 'the key ABSKQmVkcm9ja0FQSUtleS0= is wrong', 'QmVkcm9ja0FQSUtle'],
    ['numbers of projects', 'the API is not enabled in project 123456789012', '123456789012'],
    ['names of accounts', 'Account acme-labs is suspended', 'acme-labs'],
    ['ids without a digit', 'Rate limit in organization org-AbCdEfGhIjKlMnOpQrStUvWx', 'AbCdEfGh'],
    ['ids of small letters', 'the user user_abcdefghijklmnop is unknown', 'abcdefghijklmnop'],
    ['ids of capitals', 'workspace wrkspc_QWRTZXCVBNMLKJH is disabled', 'QWRTZX'],
    ['ids of requests', 'it broke (request ID: kdjfhgqwpo)', 'kdjfhgqwpo'],
    ['ids in fields', '{"user_id":"bhqzvkmtwx"}', 'bhqzvkmtwx'],
    ['ids without a prefix', 'project QmZkVbTnXcPrLs has no access', 'QmZkVb'],
    ['ids of teams', 'team 0b9a1d2e-aaaa-4bbb-8ccc-123456789abc has no credits', '123456789abc'],
    ['JSON web tokens', 'token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc is expired', 'eyJzdWIi'],
  ])('never tells %s', (_, message, secret) => {
    const error = of(400, openai(message));
    expect(error.message).not.toContain(secret);
    expect(error.message).toMatch(/\[(redacted|url|id|e-mail)\]/);
  });

  it.each([
    'the account_settings of user_preferences and team_members_list, org_chart',
    'user_identifier must be a string in workspace-settings, request-timeout, key_permissions, sub_resource',
    'the account is suspended, the user cannot be found, the organization must be verified, project settings',
    'request id is missing',
    'userPreferencesTable, account_authenticationMethods, key: string',
  ])('H11 keeps plain words: %s', (message) => {
    expect(of(400, openai(message)).message).toBe(`openai: ${message}`);
  });

  it('H11 blanks ids of any alphabet, with digits or without, and none that the caller sent', () => {
    const seed = Number(process.env['RINGSIDE_CUT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    let state = seed;
    const random = () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) / 2 ** 32;
    const alphabets = [
      'abcdefghijklmnopqrstuvwxyz',
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
      'AaBbCcDdEeFfGgHhIiJjKkLlMmNnOoPpQqRrSsTtUuVvWwXxYyZz',
      '0123456789abcdef',
      '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz',
    ];
    const prefixes = [
      'org-',
      'user_',
      'proj_',
      'acct_',
      'account-',
      'team_',
      'workspace-',
      'wrkspc_',
      'req_',
      'cust_',
      'key_',
      'tenant_',
    ];
    for (const prefix of prefixes)
      for (const alphabet of alphabets) {
        const id = prefix + Array.from({ length: 32 }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
        const message = `no access for ${id}, sorry`;
        const told = [of(400, openai(message)), failureInBand(CONTEXT, openai(message))].map((error) => error.message);
        expect([seed, ...told]).toEqual([seed, ...told.map(() => 'openai: no access for [id], sorry')]);
        const callers = new CallerText(() => JSON.stringify({ user: 'x', tools: [{ function: { name: id } }] }));
        expect(failureInBand({ ...CONTEXT, callers }, openai(message)).message).toBe(`openai: ${message}`);
      }
  });

  it.each<[string, string]>([
    ["consumer 'project_number:451978236225' has no quota", "consumer 'project_number:[id]' has no quota"],
    ['it failed (correlation id: cgpO455CvyFcyZq0CntVb5)', 'it failed (correlation id: [id])'],
    ['Cloudflare Ray ID: 8736a7554884b917-FRA', 'Cloudflare Ray ID: [id]'],
    ['session_id=XkcdQwRtZpLm was ended', 'session_id=[id] was ended'],
    ['it failed (chatcmpl-CRVkKaCNBIYLkTiXlsmGdkonwXZnG)', 'it failed ([id])'],
    ['it failed (msg_01uTPQZxdaEzEOdggbyHhmXh)', 'it failed ([id])'],
    ['accounts/acme-3cYOrL9x/deployments/x does not exist', 'accounts/[id]/deployments/x does not exist'],
    ['the session was ended, and the project is archived', 'the session was ended, and the project is archived'],
  ])('H11 blanks what stands for an account or a request: %s', (said, shown) => {
    expect(of(400, openai(said)).message).toBe(`openai: ${said === shown ? said : shown}`);
  });

  it('H6 is told without what stands around it', () => {
    for (const body of [
      'data: {"error":{"message":"slow down"}}\n\n',
      JSON.stringify('{"error":{"message":"slow down"}}'),
      { error: '{"message":"slow down"}' },
    ])
      expect(of(400, body).message).toBe('openai: slow down');
  });

  it('is one line of readable length', () => {
    expect(of(400, openai(`first\n\tsecond ${'x'.repeat(2000)}`)).message).toMatch(/^openai: first second x+…$/);
    expect(of(400, openai('y'.repeat(2000))).message.length).toBeLessThan(520);
  });

  it.each<[string, number | undefined, unknown, Record<string, string>]>([
    ['retry-after-ms', 1500, '', { 'retry-after-ms': '1500', 'retry-after': '9' }],
    ['x-amz-retry-after', 1500, '', { 'x-amz-retry-after': '1500', 'retry-after': '9' }],
    ['retry-after in seconds', 7000, '', { 'retry-after': '7' }],
    ['retry-after as a date', 30_000, '', { 'retry-after': new Date(NOW_MS + 30_000).toUTCString() }],
    ['retry-after in days', 259_200_000, '', { 'retry-after': '259200' }],
    ['retry-after as a date in days', 259_200_000, '', { 'retry-after': new Date(NOW_MS + 259_200_000).toUTCString() }],
    ['retry-after as a moment', 30_000, '', { 'retry-after': String(NOW_MS / 1000 + 30) }],
    ['retry-after of years', 31 * 86_400_000, '', { 'retry-after': '99999999' }],
    ['a reset that is too far away to be one', 1000, '', { 'x-ratelimit-reset': '259200' }],
    ['RetryInfo', 3500, { error: { code: 429, message: 'slow', details: [{ '@type': 'x' }, { retryDelay: '3.5s' }] } }, {}],
    ['the text, in short', 7660, openai('Rate limit reached. Please try again in 7.66s. Visit us.'), {}],
    ['the text, in minutes', 360_500, openai('Please try again in 6m0.5s.'), {}],
    ['the text, in milliseconds', 20, openai('Please try again in 20ms.'), {}],
    ['the text, in words', 5000, openai('Model available in 5 seconds'), {}],
    ['the limit that is used up', 1000, '', { 'x-ratelimit-reset-tokens': '1s', 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-requests': '6m0s', 'x-ratelimit-remaining-requests': '10' }],
    ['the latest limit', 360_000, '', { 'x-ratelimit-reset-tokens': '1s', 'x-ratelimit-reset-requests': '6m0s' }],
    ['a moment in Unix seconds', 10_000, '', { 'x-ratelimit-reset': String(NOW_MS / 1000 + 10) }],
    ['a moment in Unix milliseconds', 10_000, '', { 'x-ratelimit-reset': String(NOW_MS + 10_000) }],
    ['a field of the body', 4000, { detail: 'throttled', retry_after: 4 }, {}],
    ['how long a model takes to load', 20_500, { error: 'loading', estimated_time: 20.5 }, {}],
    ['the time that something is expected', 5000, { detail: 'Request was throttled. Expected available in 5 seconds.' }, {}],
    ['nothing at all', 1000, '', {}],
    ['nonsense', 1000, '', { 'retry-after': 'soon' }],
  ])('says when to try again, by %s', (_, waitMs, body, headers) => {
    expect(of(429, body, headers).retryAfterMs).toBe(waitMs);
  }); // prettier-ignore

  it('passes a wait on when the provider is unavailable, but not when trying again is useless', () => {
    expect(of(503, '', { 'retry-after': '20' }).retryAfterMs).toBe(20_000);
    expect(of(400, 'no', { 'retry-after': '20' }).retryAfterMs).toBeUndefined();
  });

  it.each<[ErrorCode, unknown]>([
    ['upstream_quota_exceeded', { error: { message: 'slow down', type: 'rate_limit_error' } }],
    ['upstream_unavailable', { error: { message: 'The server had an error', type: 'server_error', code: null } }],
    ['upstream_unavailable', { error: 'it broke' }],
    ['upstream_unavailable', { error: true }],
    [
      'upstream_invalid_request',
      { error: { message: 'Failed to call a function', code: 'tool_use_failed', status_code: 400 } },
    ],
    ['upstream_invalid_request', { error: { message: 'odd', type: 'invalid_request_error' } }],
    ['upstream_context_length_exceeded', { error: { message: 'x', code: 'context_length_exceeded' } }],
    ['upstream_auth_failed', { error: { message: 'No auth credentials found', code: 401 } }],
    ['upstream_invalid_request', { error: { message: 'odd' }, status_code: 422 }],
    ['upstream_content_filter', { error: { message: 'x', code: 'content_filter' } }],
    ['upstream_quota_exceeded', { error: { message: 'x', code: '429' } }],
    ['upstream_quota_exceeded', { error: { message: 'x', type: 'too_many_requests_error' } }],
    ['upstream_quota_exceeded', { type: 'error', error: { message: 'x', type: 'billing_error' } }],
    ['upstream_unavailable', { type: 'error', error: { message: 'Overloaded', type: 'overloaded_error' } }],
    ['upstream_auth_failed', { code: 'invalid', error: 'Incorrect API key provided' }],
    [
      'upstream_content_filter',
      { status: 'failed', error: 'The input or output was flagged as sensitive. Please try again. (E005)' },
    ],
    ['upstream_content_filter', { error: 'NSFW content detected' }],
    ['upstream_context_length_exceeded', { status: 'failed', error: 'Input is too long' }],
    [
      'upstream_context_length_exceeded',
      { status: 'failed', error: 'The prompt exceeds the 8192 tokens of the context window' },
    ],
    ['upstream_unavailable', { status: 'failed', error: 'CUDA out of memory' }],
    // Hugging Face's own servers
    [
      'upstream_invalid_request',
      { error: 'Input validation error: `temperature` must be strictly positive', error_type: 'validation' },
    ],
    [
      'upstream_context_length_exceeded',
      { error: 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097', error_type: 'validation' },
    ],
    ['upstream_invalid_request', { error: 'Template error: no such role', error_type: 'template_error' }],
    ['upstream_unavailable', { error: 'Model is overloaded', error_type: 'overloaded' }],
    [
      'upstream_content_filter',
      { error: { code: 400, message: 'Provider returned error', metadata: { error_type: 'content_filter' } } },
    ],
  ])('in place of an answer is %s for %j', (code, body) => {
    expect(failureInBand(CONTEXT, body as Record<string, unknown>).code).toBe(code);
  });

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('S15 may have the type and code %s', (word) => {
    for (const error of [
      { message: 'odd', type: word },
      { message: 'odd', code: word },
    ]) {
      const { code, message } = failureInBand(CONTEXT, { error });
      expect([code, message]).toEqual(['upstream_unavailable', expect.stringMatching(/: odd$/)]);
    }
  });

  it('S15 may have anything for a place or a message', () => {
    let deep: unknown = 'too far inside';
    for (let level = 0; level < 5000; level++) deep = level % 2 === 0 ? [deep] : { message: deep };
    const messages: unknown[] = [
      [{ loc: [{ toString: 1 }, 'body', null, 3], msg: 'Field required' }],
      deep,
      { toString: 1 },
      [null, [[]], {}],
    ];
    expect(messages.map((message) => failureInBand(CONTEXT, { error: { message } }).message)).toEqual([
      expect.stringMatching(/: body\.3: Field required$/),
      ...Array.from({ length: 3 }, () => expect.stringMatching(/: answered HTTP 500$/)),
    ]);
  });
});
