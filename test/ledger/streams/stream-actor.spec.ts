import type { Decider } from '../../../src/domain/decider.js';
import type { SlotSet } from '../../../src/domain/events/index.js';
import { EMPTY_STREAM } from '../../../src/ledger/journal/codec.js';
import { WrongExpectedRevision } from '../../../src/ledger/journal/event-store.js';
import type { Journal, JournalEntry } from '../../../src/ledger/journal/journal.js';
import { StreamActor, type CausedCommand } from '../../../src/ledger/streams/stream-actor.js';
import { SettableClock } from '../../support/settable-clock.js';

interface Add extends CausedCommand {
  readonly alias: string;
}

/** The aliases that were added, each once; `no` is refused. */
const aliases: Decider<readonly string[], Add, SlotSet, number> = {
  initial: [],
  evolve: (state, { data }) => [...state, data.alias],
  decide({ alias, cause }, state, { idOf, nowMs }) {
    if (alias === 'no') throw new Error('refused');
    const event: SlotSet = {
      type: 'SlotSet',
      id: idOf(alias),
      account: 'acct_1',
      actor: cause.actor,
      occurredAt: nowMs,
      data: { alias, target: [] },
    };
    return { events: state.includes(alias) ? [] : [event], outcome: state.length };
  },
};

const add = (alias: string, seed = 'req_1'): Add => ({ type: 'Add', alias, cause: { actor: 'system', id: seed } });

/** What stands in the ledger: one alias an event. */
function entry(alias: string, revision: number, position: number): JournalEntry<SlotSet> {
  const event = {
    type: 'SlotSet',
    id: alias,
    account: 'acct_1',
    actor: 'system',
    occurredAt: 0,
    data: { alias, target: [] },
  } as const;
  const metadata = { chain: `chain of ${alias}` };
  return {
    event,
    stored: { stream: 'account-acct_1', id: alias, type: 'SlotSet', data: '', metadata, revision, position },
  };
}

/** A ledger that answers when it is told to, and an actor on it. */
function slowLedger() {
  const reads: {
    readonly from: number;
    readonly answer: (entries: readonly JournalEntry[]) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const appends: {
    readonly aliases: readonly string[];
    readonly revision: number | string;
    readonly chain: string;
    readonly done: (answer: { readonly revision: number; readonly position: number } | Error) => void;
  }[] = [];
  const journal: Pick<Journal, 'read' | 'append'> = {
    async *read(_, from = 0) {
      yield* await new Promise<readonly JournalEntry[]>((answer, fail) => reads.push({ from, answer, fail }));
    },
    append: (_, { revision, chain }, events) =>
      new Promise((resolve, reject) => {
        const added = events.map((event) => (event as SlotSet).data.alias);
        appends.push({
          aliases: added,
          revision,
          chain,
          done: (answer) =>
            answer instanceof Error
              ? reject(answer)
              : resolve({
                  head: { revision: answer.revision, chain: `chain of ${added.at(-1)}` },
                  position: answer.position,
                }),
        });
      }),
  };
  const kept: number[] = [];
  const context = {
    journal: journal as Journal,
    clock: new SettableClock(),
    onKept: (position: number) => void kept.push(position),
  };
  const actor = new StreamActor('account-acct_1', 'acct_1', { decider: aliases }, context);
  return { actor, reads, appends, kept };
}

type SlowLedger = ReturnType<typeof slowLedger>;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate);
}

/** An actor that knows one event, `a`, at position 7. */
async function knowing(): Promise<SlowLedger> {
  const ledger = slowLedger();
  const asked = ledger.actor.state();
  await until(() => ledger.reads.length === 1);
  ledger.reads[0]!.answer([entry('a', 0, 7)]);
  await asked;
  return ledger;
}

const conflict = new WrongExpectedRevision('account-acct_1', 0, 1);

describe('the state of a stream', () => {
  it('is read once for all who ask at the same moment, and then known at once', async () => {
    const { actor, reads, kept } = slowLedger();
    const asked = [actor.state(), actor.state()];
    await until(() => reads.length > 0);
    expect(reads).toHaveLength(1);
    reads[0]!.answer([entry('a', 0, 7)]);
    expect(await Promise.all(asked)).toEqual([['a'], ['a']]);
    expect(actor.state()).toEqual(['a']);
    expect(reads).toHaveLength(1);
    expect(kept).toEqual([7]);
  });

  it('is read on after a change, but not after one that it follows from already', async () => {
    const { actor, reads } = await knowing();
    actor.onAppended(7);
    actor.onAppended(3);
    expect(actor.state()).toEqual(['a']);
    actor.onAppended(8);
    const second = actor.state();
    await until(() => reads.length === 2);
    expect(reads.map(({ from }) => from)).toEqual([0, 1]);
    reads[1]!.answer([entry('b', 1, 8)]);
    expect(await second).toEqual(['a', 'b']);
  });

  it('is read until it is as new as the last change that was heard of', async () => {
    const { actor, reads } = slowLedger();
    const asked = actor.state();
    await until(() => reads.length === 1);
    actor.onAppended(9);
    reads[0]!.answer([entry('old', 0, 8)]);
    await until(() => reads.length === 2);
    reads[1]!.answer([entry('new', 1, 9)]);
    expect(await asked).toEqual(['old', 'new']);
    expect(actor.state()).toEqual(['old', 'new']);
  });

  it('is ledger_unavailable where the ledger stays behind what it told of', async () => {
    const { actor, reads } = slowLedger();
    actor.onAppended(9);
    const asked = actor.state() as Promise<unknown>;
    let failure: unknown;
    asked.catch((error: unknown) => (failure = error));
    for (let read = 0; failure === undefined; read++) {
      await until(() => reads.length > read || failure !== undefined);
      reads[read]?.answer([]);
    }
    await expect(asked).rejects.toMatchObject({ code: 'ledger_unavailable' });
  });

  it('is not remembered where reading failed', async () => {
    const { actor, reads } = slowLedger();
    const failing = actor.state();
    await until(() => reads.length === 1);
    reads[0]!.fail(new Error('out'));
    await expect(failing).rejects.toThrow('out');
    const again = actor.state();
    await until(() => reads.length === 2);
    reads[1]!.answer([]);
    expect(await again).toEqual([]);
  });

  it('is the latest for whoever asks for that, also while a read is under way', async () => {
    const { actor, reads } = await knowing();
    const first = actor.latest();
    await until(() => reads.length === 2);
    const second = actor.latest();
    reads[1]!.answer([]);
    expect(await first).toEqual(['a']);
    await until(() => reads.length === 3);
    reads[2]!.answer([entry('b', 1, 8)]);
    expect(await second).toEqual(['a', 'b']);
  });
});

describe('decisions on a stream', () => {
  it('that wait while an append is under way go out together, each on the state that the one before leaves', async () => {
    const { actor, appends, reads } = await knowing();
    const decided = ['b', 'c', 'no', 'c', 'd'].map((alias) => actor.decide(add(alias), false));
    const outcomes = Promise.allSettled(decided);
    await until(() => appends.length === 1);
    expect(appends[0]).toMatchObject({ aliases: ['b'], revision: 0, chain: 'chain of a' });
    expect(actor.state()).toEqual(['a']);
    appends[0]!.done({ revision: 1, position: 8 });
    await until(() => appends.length === 2);
    expect(actor.state()).toEqual(['a', 'b']);
    expect(appends[1]).toMatchObject({ aliases: ['c', 'd'], revision: 1, chain: 'chain of b' });
    appends[1]!.done({ revision: 3, position: 10 });
    expect(await outcomes).toMatchObject([
      { value: 1 },
      { value: 2 },
      { reason: new Error('refused') },
      { value: 3 },
      { value: 3 },
    ]);
    expect(actor.state()).toEqual(['a', 'b', 'c', 'd']);
    expect(reads).toHaveLength(1);
  });

  it('are taken again on the newer state when another writer was first', async () => {
    const { actor, appends, reads } = await knowing();
    const decided = actor.decide(add('b'), false);
    await until(() => appends.length === 1);
    appends[0]!.done(conflict);
    await until(() => reads.length === 2);
    reads[1]!.answer([entry('theirs', 1, 8)]);
    await until(() => appends.length === 2);
    expect(appends[1]).toMatchObject({ aliases: ['b'], revision: 1, chain: 'chain of theirs' });
    appends[1]!.done({ revision: 2, position: 9 });
    expect(await decided).toBe(2);
  });

  it('are taken on what is read anew where the stream is no longer the one that was known', async () => {
    const { actor, appends, reads } = await knowing();
    const decided = actor.decide(add('b'), false);
    await until(() => appends.length === 1);
    appends[0]!.done(conflict);
    await until(() => reads.length === 2);
    reads[1]!.answer([]);
    await until(() => reads.length === 3);
    expect(reads[2]!.from).toBe(0);
    reads[2]!.answer([]);
    await until(() => appends.length === 2);
    expect(appends[1]).toMatchObject({ aliases: ['b'], revision: 'no_stream' });
    appends[1]!.done({ revision: 0, position: 9 });
    expect(await decided).toBe(0);
  });

  it('that write nothing are checked against the end of the stream, and taken again where it has gone on', async () => {
    const { actor, appends, reads } = await knowing();
    const nothing = actor.decide(add('a'), false);
    await until(() => reads.length === 2);
    reads[1]!.answer([entry('b', 1, 8)]);
    await until(() => reads.length === 3);
    reads[2]!.answer([]);
    expect(await nothing).toBe(2);
    expect(appends).toEqual([]);
  });

  it('that write nothing are checked also where a read had begun before they came', async () => {
    const { actor, reads } = slowLedger();
    const asked = actor.state();
    await until(() => reads.length === 1);
    const nothing = actor.decide(add('a'), false);
    reads[0]!.answer([entry('a', 0, 7)]);
    await asked;
    await until(() => reads.length === 2);
    reads[1]!.answer([entry('b', 1, 8)]);
    await until(() => reads.length === 3);
    reads[2]!.answer([]);
    expect(await nothing).toBe(2);
  });

  it('read nothing first for a stream that is new, and find out when it is not', async () => {
    const { actor, appends, reads } = slowLedger();
    const decided = actor.decide(add('b'), true);
    await until(() => appends.length === 1);
    expect([reads, appends[0]]).toMatchObject([[], { revision: EMPTY_STREAM.revision }]);
    appends[0]!.done(conflict);
    await until(() => reads.length === 1);
    reads[0]!.answer([entry('b', 0, 7)]);
    await until(() => reads.length === 2);
    reads[1]!.answer([]);
    expect(await decided).toBe(1);
  });

  it('whose event others make too are read back: it may be theirs that stands there', async () => {
    const { actor, appends, reads } = await knowing();
    const decided = actor.decide(add('b', 'acct_1'), false);
    await until(() => appends.length === 1);
    appends[0]!.done({ revision: 1, position: 8 });
    expect(await decided).toBe(1);
    const next = actor.decide(add('c'), false);
    await until(() => reads.length === 2);
    reads[1]!.answer([
      { ...entry('b', 1, 8), stored: { ...entry('b', 1, 8).stored, metadata: { chain: 'their chain' } } },
    ]);
    await until(() => appends.length === 2);
    expect(appends[1]).toMatchObject({ revision: 1, chain: 'their chain' });
    appends[1]!.done({ revision: 2, position: 9 });
    expect(await next).toBe(2);
  });

  it('fail alone when the ledger is out, and what was known stays known', async () => {
    const { actor, appends } = await knowing();
    const failing = actor.decide(add('b'), false);
    await until(() => appends.length === 1);
    appends[0]!.done(new Error('out'));
    await expect(failing).rejects.toThrow('out');
    expect(actor.state()).toEqual(['a']);
    const next = actor.decide(add('c'), false);
    await until(() => appends.length === 2);
    appends[1]!.done({ revision: 1, position: 8 });
    expect(await next).toBe(1);
  });
});
