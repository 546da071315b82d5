import fc from 'fast-check';

/** How many random runs the models have all together, as far as `least` does not ask for more. */
const RUNS = Number(process.env['RINGSIDE_MODEL_RUNS'] ?? 400);

/** One seed for every property of a run; printed below, so that the run can be repeated. */
const SEED = Number(process.env['RINGSIDE_MODEL_SEED'] ?? Math.trunc(Math.random() * 0x7fffffff));

/** Long enough for the 10,000 runs of `npm run test:models`. */
export const MODEL_TIMEOUT_MS = 600_000;

/** For how long a failure of something that is awaited is made smaller before it is shown. */
const SHRINKING_MS = 20_000;

/** Which part of all runs a property gets, and how many it has at least. */
export interface Share {
  readonly share: number;
  readonly least?: number;
}

/** Runs properties of a spec and counts the runs. */
export class ModelRuns {
  private runs = 0;

  constructor(private readonly spec: string) {}

  /** Checks a property with random cases; fails with the smallest one found, its seed and its path. */
  check<Ts>(property: fc.IProperty<Ts>, share: Share): void {
    this.report(fc.check(property, parametersOf<Ts>(share)) as fc.RunDetails<Ts>);
  }

  /** As `check`, for a property that has to be awaited. */
  async checkAsync<Ts>(property: fc.IAsyncProperty<Ts>, share: Share): Promise<void> {
    const parameters = parametersOf<Ts>(share);
    const found = await fc.check(property, { ...parameters, endOnFailure: true });
    if (!found.failed || found.counterexamplePath === null) return this.report(found);
    const again = { ...parameters, path: found.counterexamplePath, interruptAfterTimeLimit: SHRINKING_MS };
    const smaller = await fc.check(property, again);
    this.report(smaller.failed ? smaller : found);
  }

  /** Says how many runs there were, and the seed that repeats them. */
  print(): void {
    process.stderr.write(`${this.spec}: ${this.runs} model runs, RINGSIDE_MODEL_SEED=${SEED}\n`);
  }

  private report<Ts>(details: fc.RunDetails<Ts>): void {
    this.runs += details.numRuns;
    if (details.failed) throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
  }
}

function parametersOf<Ts>({ share, least = 1 }: Share): fc.Parameters<Ts> {
  return { seed: SEED, numRuns: Math.max(least, Math.round(share * RUNS)) };
}
