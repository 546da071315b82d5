import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import { Logger } from '@nestjs/common';
import { loadConfig } from '../../../src/config/load-config.js';
import { openDocuments } from '../../../src/engines.module.js';
import { EMPTY_STREAM, type StreamHead } from '../../../src/ledger/journal/codec.js';
import type { DocumentStore } from '../../../src/views/document-store.js';
import { PROJECTIONS } from '../../../src/views/projections/index.js';
import { requests, type RequestDocument } from '../../../src/views/projections/requests.js';
import { statementId, statements, type StatementDocument } from '../../../src/views/projections/statements.js';
import { RunnerInThread } from '../../../src/views/thread/runner-in-thread.js';
import { openLedger, type Ledger } from '../../support/embedded-ledger.js';
import { ACCOUNT, ADA, statementOpened, usage } from '../events.js';

const THREAD = new URL('../../../src/views.worker.ts', import.meta.url);
const STREAM = statementId(ADA, '202611') as `statement-${string}`;
const PATIENCE_MS = 30_000;

let ledger: Ledger;
let documents: DocumentStore;
let runner: RunnerInThread;
let head: StreamHead;

const newRunner = (module = THREAD) =>
  new RunnerInThread(module, {
    dataDir: ledger.dir,
    masterKey: loadConfig({ RINGSIDE_DATA_DIR: ledger.dir }).masterKey,
  });

const append = async (...events: Parameters<Ledger['book']['append']>[2]) => {
  const appended = await ledger.book.append(STREAM, head, events);
  head = appended.head;
  return appended.position;
};

const requestsOfAda = async () => {
  const [found] = await documents.getMany<StatementDocument>(statements.collection.name, [STREAM]);
  return found?.state.totals.requests;
};

/** A thread that has just started may take longer than a read waits. */
const started = async () => {
  await runner.start();
  expect(await runner.reached(await ledger.store.head(), PATIENCE_MS)).toBe(true);
};

const failed = async () => {
  while (!runner.failure) await wait(5);
  return runner.failure.message;
};

beforeEach(async () => {
  // What the runner says when its thread dies is expected here.
  Logger.overrideLogger(false);
  ledger = await openLedger();
  documents = await openDocuments(ledger.dir);
  await documents.declare(PROJECTIONS.map(({ collection }) => collection));
  head = EMPTY_STREAM;
  await append(statementOpened(ADA), usage({ customer: ADA }));
  runner = newRunner();
});

afterEach(async () => {
  await runner.stop();
  await documents.close();
  await ledger.close();
  rmSync(ledger.dir, { recursive: true });
});

it('folds what is in the book and what comes later; a read that waits sees what was written before it', async () => {
  await started();
  for (let calls = 2; calls < 20; calls++) {
    const position = await append(usage({ customer: ADA }));
    expect(await runner.catchUp()).toBe(true);
    expect(await requestsOfAda()).toBe(calls);
    expect(runner.position).toBe(position);
  }
  expect(runner.failure).toBeUndefined();
});

it('writes nothing for a reader of what no event says that is not written', async () => {
  await started();
  const position = await append(usage({ customer: ADA }));
  await runner.catchUp();
  await append(usage({ customer: ADA }));
  expect(await runner.catchUpOn(['ServerKeyIssued'])).toBe(true);
  expect(runner.position).toBe(position);
  expect(await runner.catchUpOn(['UsageRecorded'])).toBe(true);
  expect(await requestsOfAda()).toBe(3);
});

it('what never comes is not reached, and not waited for once it stops', async () => {
  await started();
  expect(await runner.reached(1_000, 50)).toBe(false);
  const waiting = runner.reached(1_000, PATIENCE_MS);
  const position = await append(usage({ customer: ADA }));
  expect(await runner.reached(position, PATIENCE_MS, 'folded')).toBe(true);
  await runner.stop();
  expect(await waiting).toBe(false);
  // What was folded is written.
  expect(await requestsOfAda()).toBe(2);
  expect(await runner.catchUp()).toBe(false);
});

it('opens what is personal with the key of its customer, and no longer once that is destroyed', async () => {
  await ledger.subjects.enrol(ACCOUNT, 'ada', ADA);
  await started();
  const called = async (session: string) => {
    const event = usage({ customer: ADA, personal: { sessionId: session } });
    return {
      event,
      stored: () => documents.find<RequestDocument>(requests.collection.name, { where: { customer: ADA } }),
    };
  };
  const first = await called('s1');
  await append(first.event);
  await runner.catchUp();
  expect((await first.stored()).map(({ personal }) => personal)).toEqual([undefined, { sessionId: 's1' }]);
  await runner.stop();
  await append((await called('s2')).event);
  await ledger.subjects.destroy(ADA);
  runner = newRunner();
  await started();
  expect(await runner.catchUp()).toBe(true);
  expect((await first.stored()).map(({ personal }) => personal)).toEqual([undefined, { sessionId: 's1' }, null]);
});

it('a thread that dies is followed by another, which goes on where the views stand', async () => {
  await started();
  await runner.catchUp();
  for (let calls = 2; calls < 5; calls++) {
    const position = await append(usage({ customer: ADA }));
    const waiting = runner.reached(position + 1, PATIENCE_MS);
    await (runner as unknown as { worker: Worker }).worker.terminate();
    expect(await waiting).toBe(false);
    expect(await failed()).toContain('the thread of the views has ended');
    while (!(await runner.reached(position, PATIENCE_MS))) await wait(5);
    expect(await requestsOfAda()).toBe(calls);
    while (runner.failure) await wait(5);
  }
});

it('a thread that cannot start says why, and can be stopped', async () => {
  const module = join(ledger.dir, 'broken.mjs');
  writeFileSync(module, 'throw new Error("no such luck");');
  runner = newRunner(pathToFileURL(module));
  await runner.start();
  expect(await failed()).toContain('no such luck');
  expect(await runner.catchUp()).toBe(false);
});

it('views that meet an event which they do not know stand still and say so', async () => {
  await started();
  const unknown = { id: 'x', type: 'SomethingNew', data: '{}', metadata: { version: '9', chain: '' } };
  const { position } = await ledger.store.append('account-future', 'no_stream', [unknown]);
  expect(await failed()).toContain(`position ${position} (SomethingNew version 9)`);
  expect(await runner.catchUp()).toBe(false);
  expect(runner.position).toBeLessThan(position);
});
