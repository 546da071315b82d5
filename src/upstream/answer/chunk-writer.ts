import type { CanonicalEvent, CanonicalUsage, FinishReason } from '../canonical.js';
import { synthesisedId, toolCallId } from './synthesised-id.js';

/** What the writer needs to know of the call. */
export interface EmitterOptions {
  readonly requestId: string;
  /** The model's bare name, for providers that do not report the model. */
  readonly model: string;
  /** Unix seconds, for providers that do not report the time. */
  readonly createdAt: number;
  /** Whether the caller asked for the usage chunk. */
  readonly includeUsage: boolean;
  /** Replaces the provider's id by Ringside's. */
  readonly ownId: boolean;
  /** The caller sent the older `functions` instead of `tools`, so the first call is shown as a `function_call`. */
  readonly asFunctionCall?: boolean;
}

interface ToolState {
  readonly index: number;
  readonly id: string | undefined;
  /** The provider sends the index of the call. */
  readonly isNumbered: boolean;
  readonly isCustom: boolean;
  hasArguments: boolean;
}

/** The most calls whose arguments are held at once. */
const MOST_HELD_CALLS = 128;

type ToolArguments = Extract<CanonicalEvent, { kind: 'tool_args' }>;

interface ChoiceState {
  readonly index: number;
  readonly tools: Map<string | number | symbol, ToolState>;
  /** In the order in which they began. */
  readonly toolList: ToolState[];
  /** Arguments of calls that have not begun yet, one text for each call. */
  readonly held: Map<string, ToolArguments>;
  finish: FinishReason | undefined;
}

/**
 * Writes canonical events as OpenAI's chunks, in OpenAI's exact layout. The order of the provider's events does not
 * matter. The caller gets: one role chunk for each choice, first; no empty deltas; tool calls numbered 0, 1, … with
 * `id` and `name` once and arguments that parse; one finish chunk for each choice, last, with `tool_calls` if there are
 * any; the same `id`, `created` and `model` throughout; one usage chunk at the end, if the caller asked for it. Finish
 * chunks are held until `end`, because until then the provider can add something.
 */
export class ChunkWriter {
  #out = '';
  #head: string | undefined;
  #usage: CanonicalUsage | undefined;
  #toolCalls = 0;
  #heldCharacters = 0;
  readonly #choices = new Map<number, ChoiceState>();
  readonly #tail: string;

  constructor(private readonly options: EmitterOptions) {
    this.#tail = options.includeUsage ? '],"usage":null}\n\n' : ']}\n\n';
  }

  /** Takes the next event. The next `flush` returns its chunks. */
  take(event: CanonicalEvent): void {
    switch (event.kind) {
      case 'start':
        this.#head ??= this.#chunkHead(event);
        break;
      case 'open':
        this.#choice(event.choice, event.content);
        break;
      case 'text':
        if (event.text !== '' || event.logprobs !== undefined)
          this.#delta(event.choice, `"content":${quote(event.text)}`, event.logprobs);
        break;
      case 'refusal':
        if (event.text !== '') this.#delta(event.choice, `"refusal":${quote(event.text)}`, event.logprobs);
        break;
      case 'reasoning':
        if (event.text !== '') this.#delta(event.choice, `"reasoning_content":${quote(event.text)}`);
        break;
      case 'annotations':
        this.#delta(event.choice, `"annotations":${JSON.stringify(event.annotations)}`);
        break;
      case 'tool_start':
        this.#startTool(event);
        break;
      case 'tool_args':
        if (event.text !== '') this.#addArguments(event);
        break;
      case 'tool_end':
        this.#endTool(event.choice, this.#choices.get(event.choice)?.tools.get(event.key));
        break;
      case 'finish':
        this.#choice(event.choice, '').finish = event.reason;
        break;
      case 'usage':
        this.#usage = event.usage;
        break;
      case 'end':
        this.#end();
        break;
      case 'failure':
        break;
    }
  }

  /** The number of tool calls so far, in all choices. */
  get toolCalls(): number {
    return this.#toolCalls;
  }

  /**
   * The number of held characters: arguments whose calls have not begun yet. Infinity if they belong to too many calls.
   */
  get heldCharacters(): number {
    return this.#heldCharacters;
  }

  /** The bytes of the chunks since the last flush. Undefined if there are none. */
  flush(): Buffer | undefined {
    if (this.#out === '') return undefined;
    const bytes = Buffer.from(this.#out);
    this.#out = '';
    return bytes;
  }

  #chunkHead(start: Partial<Extract<CanonicalEvent, { kind: 'start' }>>): string {
    const { requestId, model, createdAt, ownId } = this.options;
    const head = {
      id: (!ownId && start.id) || synthesisedId('chatcmpl-', requestId),
      object: 'chat.completion.chunk',
      created: start.created ?? createdAt,
      model: start.model ?? model,
      service_tier: start.serviceTier,
      system_fingerprint: start.systemFingerprint ?? null,
    };
    return `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`;
  }

  #chunk(choice: number, delta: string, logprobs: unknown, finish: string): void {
    this.#head ??= this.#chunkHead({});
    const shownLogprobs = logprobs === undefined ? 'null' : JSON.stringify(logprobs);
    this.#out += `${this.#head}{"index":${choice},"delta":{${delta}},"logprobs":${shownLogprobs},"finish_reason":${finish}}${this.#tail}`;
  }

  #delta(choice: number, delta: string, logprobs?: unknown): void {
    this.#choice(choice, '');
    this.#chunk(choice, delta, logprobs, 'null');
  }

  /** The state of a choice. A new choice begins with its role chunk. */
  #choice(index: number, content: '' | null): ChoiceState {
    let state = this.#choices.get(index);
    if (!state) {
      state = { index, tools: new Map(), toolList: [], held: new Map(), finish: undefined };
      this.#choices.set(index, state);
      this.#chunk(
        index,
        content === null ? '"role":"assistant","content":null' : '"role":"assistant","content":"","refusal":null',
        undefined,
        'null',
      );
    }
    return state;
  }

  #startTool({
    choice,
    key,
    id,
    name,
    isCustom = false,
    extra,
  }: Extract<CanonicalEvent, { kind: 'tool_start' }>): void {
    const state = this.#choice(choice, null);
    const place = key ?? Symbol();
    const known =
      state.tools.get(place) ?? (key === undefined || isPlaced(state, key) ? undefined : toolOfId(state, id));
    // A repeated start is the same call, unless it has another id: some providers number every call 0.
    if (known && (id === undefined || known.id === undefined || id === known.id)) return;
    this.#endTool(choice, known);
    const index = state.toolList.length;
    this.#toolCalls++;
    const tool = { index, id, isNumbered: typeof key === 'number', isCustom, hasArguments: false };
    state.tools.set(place, tool);
    state.toolList.push(tool);
    const shownId = id ?? toolCallId(this.options.requestId, choice, index);
    const shownExtra = extra === undefined ? '' : `,"extra_content":${JSON.stringify(extra)}`;
    if (this.options.asFunctionCall) {
      if (index === 0) this.#chunk(choice, `"function_call":{"name":${quote(name)},"arguments":""}`, undefined, 'null');
      return;
    }
    const called = isCustom
      ? `"type":"custom","custom":{"name":${quote(name)},"input":""}`
      : `"type":"function","function":{"name":${quote(name)},"arguments":""}`;
    this.#toolDelta(choice, `"index":${index},"id":${quote(shownId)},${called}${shownExtra}`);
    if (state.held.size > 0) this.#giveHeld(state, tool, (one) => toolOf(state, one) === tool);
  }

  #addArguments(piece: ToolArguments): void {
    const state = this.#choice(piece.choice, null);
    const tool = toolOf(state, piece);
    if (tool) return this.#giveArguments(piece.choice, tool, piece.text);
    const place = JSON.stringify([piece.key, piece.id]);
    const text = (state.held.get(place)?.text ?? '') + piece.text;
    state.held.set(place, { ...piece, text });
    this.#heldCharacters += state.held.size > MOST_HELD_CALLS ? Infinity : piece.text.length;
  }

  /** Gives a call the held arguments that belong to it. */
  #giveHeld(state: ChoiceState, tool: ToolState, matches: (piece: ToolArguments) => boolean): void {
    for (const [place, piece] of state.held) {
      if (!matches(piece)) continue;
      state.held.delete(place);
      this.#heldCharacters -= piece.text.length;
      this.#giveArguments(state.index, tool, piece.text);
    }
  }

  /**
   * A call that ends without arguments gets held arguments that match no call. Otherwise it gets `{}`, or nothing if it
   * is a custom tool.
   */
  #endTool(choice: number, tool: ToolState | undefined): void {
    const state = this.#choices.get(choice);
    if (!tool || tool.hasArguments || !state) return;
    if (tool === state.toolList.at(-1)) this.#giveHeld(state, tool, () => true);
    if (!tool.hasArguments && !tool.isCustom) this.#giveArguments(choice, tool, '{}');
  }

  #giveArguments(choice: number, tool: ToolState, text: string): void {
    tool.hasArguments = true;
    if (this.options.asFunctionCall) {
      if (tool.index === 0) this.#chunk(choice, `"function_call":{"arguments":${quote(text)}}`, undefined, 'null');
      return;
    }
    const given = tool.isCustom ? `"custom":{"input":${quote(text)}}` : `"function":{"arguments":${quote(text)}}`;
    this.#toolDelta(choice, `"index":${tool.index},${given}`);
  }

  #toolDelta(choice: number, call: string): void {
    this.#chunk(choice, `"tool_calls":[{${call}}]`, undefined, 'null');
  }

  #end(): void {
    if (this.#choices.size === 0) this.#choice(0, '');
    for (const state of [...this.#choices.values()].sort((a, b) => a.index - b.index)) {
      const { index, toolList, finish } = state;
      const latest = toolList.at(-1);
      if (latest) this.#giveHeld(state, latest, () => true);
      for (const tool of toolList) this.#endTool(index, tool);
      const reason =
        toolList.length > 0 && (finish === undefined || finish === 'stop') ? 'tool_calls' : (finish ?? 'stop');
      this.#chunk(
        index,
        '',
        undefined,
        quote(this.options.asFunctionCall && reason === 'tool_calls' ? 'function_call' : reason),
      );
    }
    if (this.options.includeUsage && this.#usage) {
      this.#out += `${this.#head!}],"usage":${JSON.stringify(this.#usage.shown)}}\n\n`;
    }
  }
}

/**
 * The call that arguments belong to: by its id, else by its key, else the latest. Undefined if it has not begun yet.
 */
function toolOf(state: ChoiceState, { key, id }: ToolArguments): ToolState | undefined {
  const { tools, toolList } = state;
  const latest = toolList.at(-1);
  if (key === undefined && id === undefined) return latest;
  const placed = key === undefined ? undefined : tools.get(key);
  const found = placed && (id === undefined || placed.id === id) ? placed : (toolOfId(state, id) ?? placed);
  if (found || !latest) return found;
  if (typeof key !== 'number') return latest.id === undefined ? latest : undefined;
  if (!latest.isNumbered) return toolList[key];
  return key < toolList.length ? latest : undefined;
}

function toolOfId({ toolList }: ChoiceState, id: string | undefined): ToolState | undefined {
  return id === undefined ? undefined : toolList.findLast((tool) => tool.id === id);
}

/** True if calls are identified by their index, whatever their ids. */
function isPlaced({ toolList }: ChoiceState, key: string | number): boolean {
  return typeof key === 'number' && toolList.at(-1)?.isNumbered === true;
}

function quote(text: string): string {
  return JSON.stringify(text);
}
