import { plainBase64 } from '../../../src/upstream/protocols/request/plain-base64.js';
import { PROVIDERS } from '../../../src/upstream/providers/index.js';
import { asking } from '../asking.js';
import { DIALECTS } from '../dialects/index.js';

const { sent } = asking();

const base64 = (...bytes: number[]) => Buffer.from([...bytes, ...Buffer.alloc(40, 7)]).toString('base64');
const ascii = (text: string) => [...Buffer.from(text, 'latin1')];

const BYTES = {
  'image/png': base64(...ascii('\x89PNG\r\n\x1a\n')),
  'image/jpeg': base64(0xff, 0xd8, 0xff, 0xe0),
  'image/gif': base64(...ascii('GIF89a')),
  'image/webp': base64(...ascii('RIFF\x10\0\0\0WEBPVP8 ')),
};

const DECLARED = [
  'image/png',
  'image/jpeg',
  'image/jpg',
  'image/webp',
  'image/PNG;charset=binary',
  'application/octet-stream',
  '',
];

const image = (declared: string, bytes: string) => ({
  type: 'image_url',
  image_url: { url: `data:${declared};base64,${bytes}` },
});
const body = (...parts: object[]) => ({
  messages: [{ role: 'user', content: [{ type: 'text', text: 'See.' }, ...parts] }],
});

const SEEING = PROVIDERS.filter(
  ({ protocol, reach, quirks }) =>
    reach === 'network' &&
    DIALECTS[protocol].knows.images &&
    !quirks.request?.noImages &&
    !quirks.response?.passthrough,
);

describe('a file is what its bytes say', () => {
  it('B14 a JPEG that is declared a PNG goes to Bedrock as a JPEG', async () => {
    for (const declared of ['image/png', 'image/PNG;charset=binary']) {
      const { messages } = await sent(
        'bedrock/us.anthropic.claude-opus-4-6-v1',
        body(image(declared, BYTES['image/jpeg'])),
      );
      expect(messages[0].content[1]).toEqual({ image: { format: 'jpeg', source: { bytes: BYTES['image/jpeg'] } } });
    }
  });

  it.each(SEEING.map((provider) => [provider.id, provider] as const))(
    'B14 an image goes to %s as what it is, whatever it is declared to be',
    async (id, provider) => {
      const dialect = DIALECTS[provider.protocol];
      for (const declared of DECLARED) {
        const images = Object.values(BYTES).map((bytes) => image(declared, bytes));
        const { items } = dialect.heard(await sent(`${id}/${dialect.model}`, body(...images)));
        const shown = items.filter(({ kind }) => kind === 'image');
        expect([declared, shown]).toEqual([declared, Object.entries(BYTES).map(([mime, bytes]) => ({ kind: 'image', mime, base64: bytes }))]);
      }
    },
  ); // prettier-ignore

  it('B14 an image in a tool’s result, too', async () => {
    const messages = [
      { role: 'user', content: 'Look.' },
      { role: 'assistant', tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }] },
      { role: 'tool', tool_call_id: 'c1', content: [image('image/gif', BYTES['image/webp'])] },
    ];
    const { messages: heard } = await sent('bedrock/us.anthropic.claude-opus-4-6-v1', { messages });
    expect(heard[2].content[0].toolResult.content[0].image.format).toBe('webp');
    const claude = await sent('anthropic/claude-opus-4-6', { messages });
    expect(claude.messages[2].content[0].content[0].source.media_type).toBe('image/webp');
  });

  it('B14 is sent as declared where its bytes tell nothing, and to OpenAI as it came', async () => {
    const avif = image('image/avif', base64(0, 0, 0, 0x1c, ...ascii('ftypavif')));
    expect((await sent('groq/llama-4-scout', body(avif))).messages[0].content[1]).toEqual(avif);
    const odd = image('image/PNG;charset=binary', BYTES['image/jpeg']);
    expect((await sent('openai/gpt-4o', body(odd))).messages[0].content[1]).toEqual(odd);
    const linked = { type: 'image_url', image_url: { url: 'https://x.example/a.png', detail: 'low' } };
    expect((await sent('groq/llama-4-scout', body(linked))).messages[0].content[1]).toEqual(linked);
    const bare = { type: 'image_url', image_url: `data:image/png;base64,${BYTES['image/gif']}` };
    expect((await sent('groq/llama-4-scout', body(bare))).messages[0].content[1].image_url).toBe(`data:image/gif;base64,${BYTES['image/gif']}`);
  }); // prettier-ignore

  it('B14 a PDF goes out as one, and a text as a text', async () => {
    const file = (declared: string, bytes: string) => ({ type: 'file', file: { file_data: `data:${declared};base64,${bytes}` } });
    const pdf = base64(...ascii('%PDF-1.4'));
    const claude = await sent('anthropic/claude-opus-4-6', body(file('application/octet-stream', pdf)));
    expect(claude.messages[0].content[1].source.media_type).toBe('application/pdf');
    const nova = await sent('bedrock/amazon.nova-pro-v1:0', body(file('text/plain', pdf), file('text/plain', btoa('ID3 is an algorithm'))));
    expect(nova.messages[0].content.slice(1).map(({ document }: { document: { format: string } }) => document.format)).toEqual(['pdf', 'txt']);
    const routed = await sent('openrouter/openai/gpt-4o', body(file('text/plain', pdf)));
    expect(routed.messages[0].content[1]).toEqual(file('application/pdf', pdf));
    const gemini = await sent('google/gemini-2.5-flash', body(file('application/x-pdf', pdf)));
    expect(gemini.contents[0].parts[1].inlineData.mimeType).toBe('application/pdf');
  }); // prettier-ignore

  it.each([
    ['wav', 'mp3', base64(...ascii('RIFF\x10\0\0\0WAVEfmt '))],
    ['mp3', 'wav', base64(...ascii('ID3\x03\0'))],
    ['mp3', 'wav', base64(0xff, 0xfb, 0x90)],
    ['flac', 'wav', base64(...ascii('fLaC\0'))],
    ['wav', 'wav', base64(1, 2, 3)],
  ])('B14 a sound goes to Gemini as %s although it is declared %s', async (type, format, data) => {
    const { contents } = await sent(
      'google/gemini-2.5-flash',
      body({ type: 'input_audio', input_audio: { data, format } }),
    );
    expect(contents[0].parts[1].inlineData.mimeType).toBe(`audio/${type}`);
  });

  const plain = base64(0xff, 0xd8, 0xff, 0xfb, 0xef, 0xbe);
  const WRITTEN: readonly (readonly [string, string])[] = [
    ['in the alphabet for URLs', plain.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
    ['in lines', plain.replace(/(.{12})/g, '$1\r\n')],
    ['with percent signs', encodeURIComponent(plain)],
    ['without padding', plain.replaceAll('=', '')],
  ];

  it.each(SEEING.map((provider) => [provider.id, provider] as const))(
    'B14 an image goes to %s in plain base64, however it is written and declared',
    async (id, provider) => {
      const dialect = DIALECTS[provider.protocol];
      const urls = [
        ...WRITTEN.map(([, written]) => `data:image/png;base64,${written}`),
        ...['data:image/*;base64,', 'data:image;base64,', 'data:image/jpeg; base64, ', ' DATA:IMAGE/JPEG;BASE64,'].map((head) => head + plain),
      ];
      const parts = urls.map((url) => ({ type: 'image_url', image_url: { url } }));
      const { items } = dialect.heard(await sent(`${id}/${dialect.model}`, body(...parts)));
      const shown = items.filter(({ kind }) => kind === 'image');
      expect(shown).toEqual(urls.map(() => ({ kind: 'image', mime: 'image/jpeg', base64: plain })));
    },
  ); // prettier-ignore

  it('B14 what is no base64 goes out as it came, in a time that grows with its length alone', () => {
    for (const text of ['@@@', 'a%', '%ZZ', `${' '.repeat(1_000_000)}@`, `${'='.repeat(1_000_000)}@`])
      expect(plainBase64(text)).toBe(text);
    expect(plainBase64(' ')).toBe('');
  });

  it.each(['openrouter/openai/gpt-4o-audio', 'mistral/voxtral-small-latest'])('B14 a sound goes to %s as what it is', async (reference) => {
    const data = base64(...ascii('ID3\x03\0'));
    const sound = (written: string, format: string) => ({ type: 'input_audio', input_audio: { data: written, format } });
    const { messages } = await sent(reference, body(sound(data, 'wav'), sound(`${data}\n`, 'MP3'), sound('AAAA', 'WAV'), sound('AAAA', 'wav')));
    expect(messages[0].content.slice(1)).toEqual([sound(data, 'mp3'), sound(data, 'mp3'), sound('AAAA', 'wav'), sound('AAAA', 'wav')]);
  }); // prettier-ignore
});
