import { cpSync, rmSync } from 'node:fs';
import { statements } from '../../src/views/projections/statements.js';
import { audit, auditViews, TamperedBook, writeBook, type Row } from './audited-book.js';

let sound: { dir: string; customers: string[] };
let customers: string[];
let dir: string;
let book: TamperedBook;

beforeAll(async () => {
  sound = await writeBook();
  ({ customers } = sound);
});

afterAll(() => rmSync(sound.dir, { recursive: true }));

beforeEach(() => {
  dir = `${sound.dir}-tampered`;
  cpSync(sound.dir, dir, { recursive: true });
  book = new TamperedBook(dir);
});

afterEach(() => {
  book.close();
  rmSync(dir, { recursive: true });
});

const november = () => book.rows(`s.name = 'statement-${customers[1]}-202611'`);
const december = () => book.rows(`s.name = 'statement-${customers[1]}-202612'`);
const usage = (rows: Row[]) => rows.filter(({ type }) => type === 'UsageRecorded');

it('finds nothing in a sound book', async () => {
  const rows = book.rows();
  const streams = new Set(rows.map(({ stream }) => stream));
  expect(await audit(dir)).toEqual({
    events: rows.length,
    streams: streams.size,
    documents: 0,
    findings: [],
    problems: 0,
    expiredHolds: [],
    expired: 0,
    clockNotes: [],
    clockNoted: 0,
  });
  expect(rows.filter(({ type }) => type === 'StatementClosed')).toHaveLength(3);
});

it('an empty book verifies', async () => {
  for (const row of book.rows()) book.remove(row);
  expect(await audit(dir)).toEqual({
    events: 0,
    streams: 0,
    documents: 0,
    findings: [],
    problems: 0,
    expiredHolds: [],
    expired: 0,
    clockNotes: [],
    clockNoted: 0,
  });
});

describe('a change that leaves the chain behind', () => {
  it.each(['data', 'metadata', 'id', 'type'] as const)(
    'any flipped character of the %s is found at its event',
    async (column) => {
      const row = usage(november())[2]!;
      for (const share of [0, 0.3, 0.6, 1]) {
        const at = Math.round(share * (row[column].length - 1));
        book.put({ ...row, [column]: `${row[column].slice(0, at)}~${row[column].slice(at + 1)}` });
        const { findings } = await audit(dir);
        expect(findings[0]).toMatchObject({
          position: row.position,
          stream: row.stream,
          problem: expect.stringContaining('chain breaks'),
        });
      }
      book.put(row);
      expect((await audit(dir)).problems).toBe(0);
    },
  );

  it('two events that changed places are found at the first', async () => {
    const [a, b] = usage(november()).slice(1, 3) as [Row, Row];
    book.put({ ...a, id: b.id, data: b.data, metadata: b.metadata });
    book.put({ ...b, id: a.id, data: a.data, metadata: a.metadata });
    const { findings } = await audit(dir);
    expect(findings[0]).toMatchObject({
      position: a.position,
      stream: a.stream,
      problem: expect.stringContaining('chain breaks'),
    });
    expect(findings.some(({ position }) => position === b.position)).toBe(true);
  });

  it('an event moved to another stream is found there', async () => {
    const [mine, other] = [usage(december())[0]!, usage(book.rows(`s.name = 'statement-${customers[2]}-202612'`))[0]!];
    book.put({ ...other, data: mine.data, metadata: mine.metadata });
    expect((await audit(dir)).findings[0]).toMatchObject({
      position: other.position,
      problem: expect.stringContaining('chain breaks'),
    });
  });

  it('events cut out of a stream are found where it goes on', async () => {
    const rows = november();
    book.remove(rows[2]!);
    book.remove(rows[3]!);
    const { findings } = await audit(dir);
    expect(findings[0]).toEqual({
      position: rows[4]!.position,
      stream: rows[4]!.stream,
      problem: 'has revision 4, but the stream went to 1 so far',
    });
    expect(findings[1]).toMatchObject({
      position: rows[5]!.position,
      problem: expect.stringContaining('its usage sums up to'),
    });
  });

  it('a cut-off beginning is found', async () => {
    const rows = december();
    book.remove(rows[0]!);
    expect((await audit(dir)).findings[0]).toMatchObject({
      position: rows[1]!.position,
      problem: expect.stringContaining('revision 1'),
    });
  });
});

describe('a change by somebody who repairs the chain afterwards', () => {
  const problemsAfter = async (change: () => void) => {
    change();
    book.rechain();
    return (await audit(dir)).findings;
  };

  it('a changed cost is found at its event, and the closing that it contradicts', async () => {
    const row = usage(november()).find(({ data }) => !data.includes('unpriced'))!;
    const closing = november().at(-1)!;
    const findings = await problemsAfter(() => book.edit(row, (data) => (data['costNanoUsd'] = '1')));
    expect(findings.map(({ position }) => position)).toEqual([row.position, closing.position]);
    expect(findings[0]!.problem).toMatch(
      /^costs 1, but what it used, at its price or as its provider says, costs \d+$/,
    );
  });

  it('changed tokens are found', async () => {
    const row = usage(december())[1]!;
    const findings = await problemsAfter(() =>
      book.edit(row, (data) => (data['tokens'] = { ...(data['tokens'] as object), input: 1 })),
    );
    expect(findings).toMatchObject([
      { position: row.position, problem: expect.stringContaining('what it used, at its price') },
    ]);
  });

  it('an unknown cost that is not flagged, a flag without need, and a cost that is no amount are found', async () => {
    const rows = book.rows(`e.type = 'UsageRecorded' AND s.name LIKE '%-202612'`);
    const unpriced = rows.find(({ data }) => data.includes('"unpriced"'))!;
    const [priced, odd] = rows.filter(({ data }) => !data.includes('"unpriced"')) as [Row, Row];
    const findings = await problemsAfter(() => {
      book.edit(unpriced, (data) => (data['costNanoUsd'] = '0'));
      book.edit(priced, (data) => (data['flags'] = ['unpriced']));
      book.edit(odd, (data) => (data['costNanoUsd'] = '1.5'));
    });
    expect(new Set(findings.map(({ position }) => position))).toEqual(
      new Set([unpriced, priced, odd].map(({ position }) => position)),
    );
  });

  it('wrong totals of a closed month are found', async () => {
    const closing = november().at(-1)!;
    const findings = await problemsAfter(() =>
      book.edit(closing, (data) => (data['totals'] = { ...(data['totals'] as object), requests: 3 })),
    );
    expect(findings).toMatchObject([
      { position: closing.position, problem: expect.stringContaining('its usage sums up to') },
    ]);
  });

  it('usage dropped from a closed month is found by its totals', async () => {
    const [, dropped, ...rest] = november() as [Row, Row, ...Row[]];
    const findings = await problemsAfter(() => {
      book.remove(dropped);
      for (const row of rest) book.put({ ...row, revision: row.revision - 1 });
    });
    expect(findings).toMatchObject([
      { position: rest.at(-1)!.position, problem: expect.stringContaining('its usage sums up to') },
    ]);
  });

  it('a month that follows the wrong one is found', async () => {
    const opening = december()[0]!;
    const findings = await problemsAfter(() => book.edit(opening, (data) => (data['previousMonth'] = '202610')));
    expect(findings).toMatchObject([
      { position: opening.position, problem: "follows 202610, but the customer's latest statement is 202611" },
    ]);
  });

  it('a month carried on by another one is found', async () => {
    const closing = november().at(-1)!;
    const findings = await problemsAfter(() => book.edit(closing, (data) => (data['nextMonth'] = '202701')));
    expect(findings).toMatchObject([
      { position: december()[0]!.position, problem: 'follows 202611, which is carried on by 202701' },
    ]);
  });

  it('usage after the close is found', async () => {
    const [last, closing] = november().slice(-2) as [Row, Row];
    const findings = await problemsAfter(() => {
      book.put({ ...closing, position: last.position, revision: last.revision });
      book.put({ ...last, position: closing.position, revision: closing.revision });
    });
    expect(findings).toMatchObject([
      { position: last.position, problem: expect.stringContaining('its usage sums up to') },
      { position: closing.position, problem: 'UsageRecorded after statement 202611 was closed' },
    ]);
  });

  it('an attempt recorded twice, and an event id used twice, are found at the second', async () => {
    const [first, second, third] = usage(book.rows(`s.name LIKE '%-202612'`)) as [Row, Row, Row];
    const findings = await problemsAfter(() => {
      const { requestId } = JSON.parse(first.metadata) as { requestId: string };
      book.put({ ...second, metadata: JSON.stringify({ ...(JSON.parse(second.metadata) as object), requestId }) });
      book.put({ ...third, id: first.id });
    });
    expect(findings).toEqual([
      {
        position: second.position,
        stream: second.stream,
        problem: expect.stringMatching(
          `^attempt 1 of req_\\d+ is recorded twice, first at position ${first.position}$`,
        ),
      },
      {
        position: third.position,
        stream: third.stream,
        problem: `event ${first.id} is recorded twice, first at position ${first.position}`,
      },
    ]);
  });

  it('statements of a customer that does not exist are found', async () => {
    const findings = await problemsAfter(() => book.remove(book.rows(`s.name = 'customer-${customers[1]}'`)[0]!));
    expect(new Set(findings.map(({ stream }) => stream))).toEqual(
      new Set([november()[0]!.stream, december()[0]!.stream]),
    );
    expect(findings[0]).toMatchObject({
      position: november()[0]!.position,
      problem: `the account acct_1 has no customer ${customers[1]}`,
    });
  });

  it('an event in a stream that is not its own is found', async () => {
    const row = usage(december())[0]!;
    const metadata = JSON.stringify({ ...(JSON.parse(row.metadata) as object), customer: 'cust_nobody' });
    const findings = await problemsAfter(() => book.put({ ...row, metadata }));
    expect(findings[0]).toMatchObject({
      position: row.position,
      problem: 'UsageRecorded belongs in statement-cust_nobody-',
    });
  });
});

it('an event of a newer version is named, and the rest is still checked', async () => {
  const row = usage(november())[0]!;
  book.put({ ...row, metadata: JSON.stringify({ ...(JSON.parse(row.metadata) as object), version: '9' }) });
  book.rechain();
  const { findings, events } = await audit(dir);
  expect(events).toBe(book.rows().length);
  expect(findings[0]).toMatchObject({
    position: row.position,
    problem: expect.stringContaining('unknown event UsageRecorded version 9'),
  });
  expect(findings[1]).toMatchObject({ problem: expect.stringContaining('its usage sums up to') });
});

describe('views', () => {
  it('that follow from the book are the same to the byte when they are rebuilt', async () => {
    const report = await auditViews(dir);
    expect(report).toMatchObject({ findings: [], problems: 0 });
    expect(report.documents).toBeGreaterThan(customers.length);
  });

  it('a changed, a missing and an invented document are found', async () => {
    const position = book.rows().at(-1)!.position;
    const { findings, problems } = await auditViews(dir, async (live) => {
      const collection = statements.collection.name;
      const [changed, missing] = await live.find(collection, {});
      const puts = [
        { ...changed!, position: changed!.position + 1 },
        { id: 'statement-invented', position: 1 },
      ];
      await live.write([{ collection, puts, deletes: [{ id: missing!.id, position: missing!.position + 1 }] }], {
        name: 'tampering',
        position,
      });
    });
    expect(problems).toBe(3);
    for (const problem of ['is served as', 'is missing', 'is served, but does not follow from the ledger']) {
      expect(findings).toContainEqual({
        position: expect.any(Number),
        stream: null,
        problem: expect.stringContaining(problem),
      });
    }
  });
});
