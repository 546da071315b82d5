/** A streamed answer as a caller reads it: event by event, each as soon as it is here. */
export class SseAnswer {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  /** The next event with its blank line; undefined at the end. Throws when the connection breaks. */
  async next(): Promise<string | undefined> {
    let end = this.#text.indexOf('\n\n');
    while (end === -1) {
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
      end = this.#text.indexOf('\n\n');
    }
    const event = this.#text.slice(0, end + 2);
    this.#text = this.#text.slice(end + 2);
    return event;
  }

  /** So many events, as text. */
  async take(count: number): Promise<string> {
    let events = '';
    for (let taken = 0; taken < count; taken++) events += (await this.next()) ?? '';
    return events;
  }

  /** Everything that is still to come. */
  async rest(): Promise<string> {
    let rest = '';
    for (let event = await this.next(); event !== undefined; event = await this.next()) rest += event;
    return rest + this.#text;
  }
}

/** The JSON objects of a stream's events; `[DONE]` is left out. Every event must have OpenAI's exact layout. */
// oxlint-disable-next-line typescript/no-explicit-any
export function objectsIn(stream: string): any[] {
  const events = stream.split('\n\n');
  if (events.pop() !== '') throw new Error('the last event has no blank line');
  return events
    .filter((event) => event !== 'data: [DONE]')
    .map((event) => {
      if (!event.startsWith('data: {')) throw new Error(`not an event of OpenAI's layout: ${event}`);
      return JSON.parse(event.slice('data: '.length));
    });
}

/** What a stream's chunks say in their first choice, joined. */
export function textIn(stream: string): string {
  return objectsIn(stream)
    .map(({ choices }) => choices?.[0]?.delta?.content ?? '')
    .join('');
}
