import { SchemaThread } from '../../../src/upstream/schemas/schema-thread.js';

const SCHEMA = JSON.stringify({ type: 'string' });
const answer = (text: string) => [{ text, isExcused: false, isCut: false }];

let thread: SchemaThread;
afterEach(() => thread.close());

describe('the thread of schemas', () => {
  it('says what is wrong with a schema, and with an answer', async () => {
    thread = new SchemaThread();
    expect(await thread.ask(SCHEMA, [])).toBe('kept');
    expect(await thread.ask(SCHEMA, answer('"x"'))).toBe('kept');
    expect(await thread.ask(SCHEMA, answer('7'))).toMatchObject({
      problem: expect.stringContaining('must be string'),
      isCorrectable: true,
    });
    expect(await thread.ask('{"type":"objekt"}', [])).toEqual({ refusedFor: expect.stringContaining('does not compile') });
  });

  it('lets only so many wait', async () => {
    thread = new SchemaThread(2);
    const asked = [1, 2, 3].map(() => thread.ask(SCHEMA, []).catch((error: unknown) => (error as Error).message));
    expect(await Promise.all(asked)).toEqual(['kept', 'kept', 'too many schemas wait to be checked']);
    expect(await thread.ask(SCHEMA, [])).toBe('kept');
  });

  it('is begun again after it died', async () => {
    thread = new SchemaThread();
    const asked = ['no JSON', SCHEMA].map((schema) => thread.ask(schema, []).catch((error: unknown) => (error as Error).name));
    expect(await Promise.all(asked)).toEqual(['SyntaxError', 'SyntaxError']);
    expect(await thread.ask(SCHEMA, answer('"x"'))).toBe('kept');
  });

  it('rejects what is open when it is closed', async () => {
    thread = new SchemaThread();
    const open = thread.ask(SCHEMA, []);
    await Promise.all([expect(open).rejects.toThrow('has ended'), thread.close()]);
  });
});
