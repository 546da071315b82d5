import type { ChatBody } from '../domain/call.js';
import { RingsideError } from '../domain/errors.js';
import type { ImageDetail, ModelSizes } from '../domain/target.js';

/** Everything of a request that can reach the model's prompt. */
export interface PromptSize {
  /** All strings and keys, as the model may read them. */
  readonly texts: readonly string[];
  /** The most tokens of everything else: images, and what providers write around messages, calls and schemas. */
  readonly otherTokens: number;
}

/**
 * What providers write around things, in tokens, with something to spare: OpenAI documents 3 for a message and 3 for the answer's
 * beginning, and counts for tools come out at about 20 each. Keys such as `role` are counted as text beside it.
 */
const REQUEST_TOKENS = 16;
const MESSAGE_TOKENS = 4;
const CALL_TOKENS = 8;
/** The frame of all tools together, and of a single one. */
const TOOLS_TOKENS = 256;
const TOOL_TOKENS = 16;
/** An entry of a schema brings a colon, a comma and, for a list or object, two brackets; written as a type it brings no more. */
const ENTRY_TOKENS = 4;
/** A description becomes a comment there, so that each of its lines gets a mark of its own. */
const LINE_TOKENS = 2;

/** Fields of a request that the model never reads. Whatever is not named here is counted. */
const UNREAD: ReadonlySet<string> = new Set(
  (
    'frequency_penalty logit_bias logprobs max_completion_tokens max_tokens messages metadata modalities model n parallel_tool_calls ' +
    'presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort safety_identifier seed service_tier ' +
    'stop store stream stream_options temperature top_logprobs top_p user verbosity'
  ).split(' '),
);

/** Tools whose use is billed by nothing but tokens. */
const PLAIN_TOOLS: ReadonlySet<unknown> = new Set(['function', 'custom', undefined]);

/**
 * Collects what a request's prompt can be made of. Strings are looked for everywhere instead of where they are expected,
 * so that nothing a provider may read is missed.
 * @throws RingsideError `model_unpriced` naming the part of the request whose tokens nobody can bound
 */
export function promptSizeOf(body: ChatBody, sizes: ModelSizes): PromptSize {
  const prompt = new Prompt(sizes);
  for (const [position, message] of body.messages.entries()) prompt.addMessage(message, `messages[${position}]`);
  prompt.addToolAnswers(body.messages);
  for (const [field, value] of Object.entries(body)) {
    if (!UNREAD.has(field) && value !== undefined && value !== null) prompt.addField(field, value);
  }
  return prompt;
}

class Prompt implements PromptSize {
  readonly texts: string[] = [];
  otherTokens: number;

  constructor(private readonly sizes: ModelSizes) {
    this.otherTokens = REQUEST_TOKENS + (sizes.templateTokens ?? 0);
  }

  addMessage(message: Fields, place: string): void {
    this.otherTokens += MESSAGE_TOKENS + CALL_TOKENS * listOf(message['tool_calls']).length;
    for (const [field, value] of Object.entries(message)) {
      if (field === 'reasoning_content') continue; // It is ours to show, and never sent.
      if (field === 'audio' && value !== null) throw unboundedPart(`${place}.audio`, 'audio');
      if (field === 'content' && Array.isArray(value)) this.addParts(value, `${place}.content`);
      else this.addText({ [field]: value });
    }
  }

  /** Models read a tool's answer under the tool's name, which stands only in the call. */
  addToolAnswers(messages: ChatBody['messages']): void {
    const calls = messages.flatMap((message) => listOf(message['tool_calls']));
    const names = calls.map((call) => fieldsOf(call)).map((call) => fieldsOf(call?.['function'] ?? call?.['custom'])?.['name']);
    const longest = names.reduce<number>((most, name) => Math.max(most, typeof name === 'string' ? Buffer.byteLength(name) : 0), 0);
    const answers = messages.filter((message) => message['tool_call_id'] !== undefined).length;
    this.otherTokens += answers * longest;
  }

  /** A field beside the messages: tools, schemas, and whatever is not known here. */
  addField(field: string, value: unknown): void {
    if (field === 'tools' || field === 'functions') {
      const tools = listOf(value);
      for (const [place, tool] of tools.entries()) {
        const type = fieldsOf(tool)?.['type'];
        if (!PLAIN_TOOLS.has(type)) throw unboundedPart(`tools[${place}]`, `a tool of type ${JSON.stringify(type)}`);
      }
      this.otherTokens += TOOLS_TOKENS + TOOL_TOKENS * tools.length;
    }
    const copies = field === 'response_format' ? (this.sizes.schemaCopies ?? 1) : 1;
    for (let copy = 0; copy < copies; copy++) this.addJson({ [field]: value });
  }

  private addParts(parts: readonly unknown[], place: string): void {
    for (const [position, part] of parts.entries()) {
      const fields = fieldsOf(part);
      const type = fields?.['type'];
      if (!fields || type === 'text' || type === 'refusal') this.addText(part);
      else if (type === 'image_url') this.addImage(fields, `${place}[${position}]`);
      else throw unboundedPart(`${place}[${position}]`, `a part of type ${JSON.stringify(type)}`);
    }
  }

  /** An image costs what the model's formula says, however long its URL. */
  private addImage({ image_url: image, ...rest }: Fields, place: string): void {
    const { url: _url, detail, ...more } = fieldsOf(image) ?? {};
    if (!this.sizes.imageTokens) throw unboundedPart(place, 'an image for this model');
    if (!isImageDetail(detail ?? 'auto')) throw unboundedPart(`${place}.image_url.detail`, `an image at detail ${JSON.stringify(detail)}`);
    this.otherTokens += this.sizes.imageTokens((detail ?? 'auto') as ImageDetail);
    this.addText({ ...rest, ...more });
  }

  /** A value whose strings are read as they are. */
  private addText(value: unknown): void {
    visit(value, (text) => this.texts.push(text));
  }

  /** A value that is read as JSON, or rendered from it. */
  private addJson(value: unknown): void {
    const entries = visit(value, (text, isLiteral) => {
      this.texts.push(isLiteral ? text : JSON.stringify(text));
      this.otherTokens += LINE_TOKENS * (text.split('\n').length - 1);
    });
    this.otherTokens += ENTRY_TOKENS * entries;
  }
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Shows every key and every string, number, boolean and null in a value. Without recursion, since nothing limits how deep a request nests.
 * @returns how many entries its lists and objects have
 */
function visit(root: unknown, see: (text: string, isLiteral: boolean) => void): number {
  let entries = 0;
  const open = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value === 'string') see(value, false);
    else if (typeof value !== 'object' || value === null) see(String(value), true);
    else if (Array.isArray(value)) {
      entries += value.length;
      for (const item of value) open.push(item);
    } else {
      for (const [key, item] of Object.entries(value)) {
        entries++;
        see(key, false);
        open.push(item);
      }
    }
  }
  return entries;
}

function isImageDetail(detail: unknown): detail is ImageDetail {
  return detail === 'low' || detail === 'high' || detail === 'auto';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The refusal of what nobody can bound where somebody's money limits the call. */
export function unboundedPart(param: string, what: string): RingsideError {
  return new RingsideError(
    'model_unpriced',
    `${what} has no upper bound of tokens here, and a budget, a wallet or the account's credit would pay for it`,
    {
      param,
    },
  );
}
