import fc from 'fast-check';
import { RingsideError } from '../../../src/domain/errors.js';
import { SseReader, type SseEvent } from '../../../src/upstream/http/sse.js';

/** Reads a body that arrives in these pieces. */
function read(pieces: readonly (Buffer | string)[]): SseEvent[] {
  const reader = new SseReader('openai');
  const events = pieces.flatMap((piece) => [...reader.push(Buffer.from(piece as string))]);
  const tail = reader.end();
  return tail ? [...events, tail] : events;
}

const dataOf = (events: readonly SseEvent[]) =>
  events.filter(({ data }) => data !== undefined).map(({ event, data }) => [event, data]);
const bytesOf = (events: readonly SseEvent[]) => Buffer.concat(events.map(({ raw }) => raw));

/** Cuts bytes at random places. */
const cutAnywhere = (bytes: Buffer) =>
  fc.array(fc.nat(bytes.length), { maxLength: 40 }).map((cuts) => {
    const places = [0, ...cuts.sort((a, b) => a - b), bytes.length];
    return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
  });

describe('the SSE reader', () => {
  it('gives an event as soon as its blank line is here, with its exact bytes', () => {
    const reader = new SseReader('openai');
    expect([...reader.push(Buffer.from('data: {"a":1}\n'))]).toEqual([]);
    const [event, ...others] = reader.push(Buffer.from('\ndata: {"b'));
    expect(event).toEqual({ raw: Buffer.from('data: {"a":1}\n\n'), event: undefined, data: '{"a":1}' });
    expect(others).toEqual([]);
    expect([...reader.push(Buffer.from('":2}\n\n'))].map(({ data }) => data)).toEqual(['{"b":2}']);
    expect(reader.end()).toBeUndefined();
  });

  it('does not copy events that lie whole in one piece', () => {
    const piece = Buffer.from('data: 1\n\ndata: 2\n\n');
    const events = [...new SseReader('openai').push(piece)];
    expect(events.map(({ raw }) => raw.buffer === piece.buffer)).toEqual([true, true]);
  });

  it.each([
    ['LF', 'event: ping\ndata: a\n\n'],
    ['CRLF', 'event: ping\r\ndata: a\r\n\r\n'],
    ['CR', 'event: ping\rdata: a\r\r'],
  ])('understands line ends of %s', (_, body) => {
    expect(dataOf(read([body]))).toEqual([['ping', 'a']]);
  });

  it('does not wait for the LF after the CR that ends an event, and gives it with no event of its own', () => {
    const reader = new SseReader('google');
    expect([...reader.push(Buffer.from('data: a\r\n\r'))].map(({ data }) => data)).toEqual(['a']);
    expect([...reader.push(Buffer.from('\ndata: b\r'))].map(({ data, raw }) => [data, raw.toString()])).toEqual([
      [undefined, '\n'],
    ]);
    expect([...reader.push(Buffer.from('\n\r\n'))].map(({ data }) => data)).toEqual(['b']);
  });

  it.each<[string, string, (string | undefined)[][]]>([
    ['comments', ': OPENROUTER PROCESSING\n\n: hi\ndata: a\n\n', [[undefined, 'a']]],
    ['a missing space after the colon', 'data:a\n\n', [[undefined, 'a']]],
    ['exactly one space', 'data:  a\n\n', [[undefined, ' a']]],
    ['several data lines', 'data: a\ndata:\ndata: b\n\n', [[undefined, 'a\n\nb']]],
    ['event names', 'event: error\ndata: {}\n\n', [['error', '{}']]],
    ['the name that an event without a name has', 'event: message\ndata: a\n\nevent:\ndata: b\n\n', [[undefined, 'a'], [undefined, 'b']]], // prettier-ignore
    ['ids and retries', 'id: 7\nretry: 100\ndata: a\n\n', [[undefined, 'a']]],
    ['a field without colon', 'data\n\n', [[undefined, '']]],
    ['blank lines in a row', '\n\n\ndata: a\n\n\n\n', [[undefined, 'a']]],
    ['a byte order mark', '\uFEFFdata: a\n\ndata: b\n\n', [[undefined, 'a'], [undefined, 'b']]], // prettier-ignore
    ['a last event without its blank line', 'data: a\n\ndata: b', [[undefined, 'a'], [undefined, 'b']]], // prettier-ignore
    ['a last event with half of it', 'data: b\r\n', [[undefined, 'b']]],
    ['nothing', '', []],
  ])('understands %s', (_, body, expected) => {
    const events = read([body]);
    expect(dataOf(events)).toEqual(expected);
    expect(bytesOf(events).toString()).toBe(body);
  });

  it('gives comments as events without data, so that their bytes can pass', () => {
    expect(read([': keep-alive\n\n'])).toEqual([
      { raw: Buffer.from(': keep-alive\n\n'), event: undefined, data: undefined },
    ]);
  });

  it('refuses bytes that are not UTF-8, after the events before them', () => {
    const reader = new SseReader('openai');
    const events = reader.push(
      Buffer.concat([Buffer.from('data: a\n\ndata: '), Buffer.from([0xc3, 0x28]), Buffer.from('\n\n')]),
    );
    expect(events.next().value).toMatchObject({ data: 'a' });
    expect(() => events.next()).toThrow(
      new RingsideError('upstream_invalid_response', 'openai: the stream has bytes that are not UTF-8'),
    );
  });

  it('refuses an event beyond all measure instead of filling memory', () => {
    const reader = new SseReader('openai');
    const piece = Buffer.alloc(1024 * 1024, 'x');
    expect(() => {
      for (let i = 0; i < 17; i++) for (const event of reader.push(piece)) expect(event).toBeUndefined();
    }).toThrow('larger than');
  });

  it('gives the same events and bytes however the network cuts them', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, ' ')}`),
      fc.constantFrom('event: error', ': comment', 'data:', 'data', 'id: 1', 'data: {"text":"äöü €  𝒳😀"}'),
    );
    const end = fc.constantFrom('\n', '\r\n', '\r');
    const bodies = fc
      .array(fc.tuple(fc.array(line, { maxLength: 3 }), end), { maxLength: 12 })
      .map((events) =>
        Buffer.from(events.map(([lines, eol]) => lines.map((one) => one + eol).join('') + eol).join('')),
      );
    fc.assert(
      fc.property(
        bodies.chain((body) => fc.tuple(fc.constant(body), cutAnywhere(body))),
        ([body, pieces]) => {
          const cut = read(pieces);
          const told = JSON.stringify(dataOf(read([body])));
          const byteByByte = read([...body].map((byte) => Buffer.from([byte])));
          return (
            JSON.stringify(dataOf(cut)) === told &&
            JSON.stringify(dataOf(byteByByte)) === told &&
            bytesOf(cut).equals(body)
          );
        },
      ),
      { numRuns: 200 },
    );
  });
});
