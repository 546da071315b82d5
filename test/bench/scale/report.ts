import type { Reads, ScaleResult } from './scale.ts';

const LABEL_WIDTH = 52;
const line = (label: string, ...values: string[]) =>
  `  ${label.padEnd(LABEL_WIDTH)}${values.map((value) => value.padStart(12)).join('')}`;
const whole = (value: number) => Math.round(value).toLocaleString('en-US');
const ms = (value: number) => value.toFixed(1);

function readRows(reads: Reads, early?: Reads): string[] {
  return Object.entries(reads).map(([name, { p50, p99 }]) => {
    const before = early?.[name];
    return line(name, ...(before ? [ms(before.p50), ms(before.p99)] : []), ms(p50), ms(p99));
  });
}

/** The tables of the report. */
export function renderScale({
  written,
  early,
  bytes,
  rebuilt,
  audit,
  reads,
  pastAtOnce,
  rssMb,
  manyCustomers,
  settings,
}: ScaleResult): string {
  const { costs, fresh } = settings;
  return [
    `A LEDGER OF ${whole(audit.events)} EVENTS`,
    line('written, events/s', whole(written.events / written.seconds)),
    line(
      'views behind while writing: most, at the end (events)',
      whole(written.behindAtMost),
      whole(written.behindAtEnd),
    ),
    line('until the views have caught up (s)', written.catchUpSeconds.toFixed(1)),
    line('RSS of the writer (MB)', whole(written.rssMb)),
    line('bytes on disk a call: ledger, views, all', whole(bytes.ledger), whole(bytes.views), whole(bytes.all)),
    line('views rebuilt, events/s; RSS (MB)', whole(rebuilt.events / rebuilt.seconds), whole(rebuilt.rssMb)),
    line('audit verify, events/s; RSS (MB)', whole(audit.events / audit.seconds), whole(audit.peakRssMb)),
    `  ${audit.verdict}`,
    '',
    line('READS (ms)', `at ${whole(early.events)}`, 'p99', 'p50', 'p99'),
    ...readRows(reads, early.reads),
    line('as_of of the account, 8 at once: all, longest stall', ms(pastAtOnce.allMs), ms(pastAtOnce.stallMs)),
    line('RSS of the gateway (MB)', whole(rssMb)),
    '',
    `S12: ${whole(manyCustomers.customers)} CUSTOMERS WITH ONE CALL EACH`,
    line('written, calls/s', whole(manyCustomers.written.calls / manyCustomers.written.seconds)),
    line('until the views have caught up (s)', manyCustomers.written.catchUpSeconds.toFixed(1)),
    line('RSS of the writer, of the gateway (MB)', whole(manyCustomers.written.rssMb), whole(manyCustomers.rssMb)),
    line('reads (ms)', 'p50', 'p99'),
    ...readRows(manyCustomers.reads),
    '',
    line(
      `S13: THE SAME SETTING ${whole(costs[0]!.times)} TIMES (ms)`,
      'first PUT',
      'last PUT',
      'first call',
      'last call',
    ),
    ...costs.map(({ name, firstPutMs, lastPutMs, firstCallMs, lastCallMs }) =>
      line(name, ms(firstPutMs), ms(lastPutMs), ms(firstCallMs), ms(lastCallMs)),
    ),
    line('a gateway that has just started', ms(fresh.putMs), '', ms(fresh.callMs)),
  ].join('\n');
}
