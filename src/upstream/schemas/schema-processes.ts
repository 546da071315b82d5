import { LRUCache } from 'lru-cache';
import { FairQueue } from '../../domain/fair-queue.js';
import type { AnswerText, Flaw, Refusal } from './schema-check.js';
import { SchemaProcess, type SchemaAnswer } from './schema-process.js';

/**
 * What was found: all answers keep the schema, the first that does not, or that the schema is none or cannot be
 * checked.
 */
export type SchemaVerdict = 'kept' | Flaw | Refusal;

/**
 * Nobody could be asked, or not soon: too much of the account waits already, or no process can be started. Another time
 * may be better.
 */
export class SchemasBusy extends Error {
  override readonly name = 'SchemasBusy';
}

/** What the processes may be asked, and for how long. */
export interface SchemaTerms {
  /** No account has all of them. */
  readonly processes: number;
  /** Questions of one account that wait at once, and how many characters are in them. */
  readonly mostWaiting: number;
  readonly mostCharacters: number;
  /** How long a question waits for its turn. */
  readonly longestWaitMs: number;
  /** How long a schema may take to compile, and to check the answers of one call. */
  readonly compileMs: number;
  readonly checkMs: number;
}

const TERMS: SchemaTerms = {
  processes: 2,
  mostWaiting: 200,
  mostCharacters: 32 * 1024 * 1024,
  longestWaitMs: 10_000,
  compileMs: 2000,
  checkMs: 1000,
};

/** How long an account's schemas count as slow after one that was, and of how many accounts that is known. */
const SLOW_FOR_MS = 60_000;
const MOST_SLOW_ACCOUNTS = 10_000;

/** A question that waits, or is being answered. */
interface Question {
  readonly account: string;
  readonly schema: string;
  readonly answers: readonly AnswerText[];
  readonly resolve: (found: SchemaVerdict) => void;
  readonly reject: (error: SchemasBusy) => void;
  readonly overdue: NodeJS.Timeout;
}

/**
 * The processes in which callers' schemas are compiled and answers are checked, each started when there is work for it.
 * Accounts take turns, and none has all processes; nor have all accounts together whose schemas were slow lately. So
 * whoever brings slow schemas waits for them alone.
 */
export class SchemaProcesses {
  readonly #terms: SchemaTerms;
  readonly #queue = new FairQueue<Question>(charactersOf);
  readonly #slow = new LRUCache<string, true>({ max: MOST_SLOW_ACCOUNTS, ttl: SLOW_FOR_MS });
  readonly #busy = new Map<Question, SchemaProcess>();
  #idle: SchemaProcess[] = [];
  #isClosed = false;

  constructor(terms: Partial<SchemaTerms> = {}) {
    this.#terms = { ...TERMS, ...terms };
  }

  /**
   * Compiles a schema and checks answers, which may be none.
   * @throws SchemasBusy when that cannot be done now
   */
  check(account: string, schema: string, answers: readonly AnswerText[]): Promise<SchemaVerdict> {
    const { mostWaiting, mostCharacters, longestWaitMs } = this.#terms;
    if (this.#isClosed) return Promise.reject(new SchemasBusy('the processes for schemas have ended'));
    if (this.#queue.lengthOf(account) >= mostWaiting || this.#queue.weightOf(account) > mostCharacters) {
      return Promise.reject(new SchemasBusy('too many schemas wait to be checked'));
    }
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => this.#giveUp(question), longestWaitMs);
      const question: Question = { account, schema, answers, resolve, reject, overdue };
      this.#queue.add(account, question);
      this.#serve();
    });
  }

  /** Ends all processes, whatever they are doing; what is open is rejected. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const question of this.#queue.clear()) {
      clearTimeout(question.overdue);
      question.reject(new SchemasBusy('the processes for schemas have ended'));
    }
    await Promise.all([...this.#idle, ...this.#busy.values()].map((process) => process.kill()));
  }

  #giveUp(question: Question): void {
    if (this.#queue.remove(question.account, question)) question.reject(new SchemasBusy('other schemas take too long'));
  }

  #serve(): void {
    while (this.#busy.size < this.#terms.processes) {
      const question = this.#queue.next((account) => this.#mayServe(account));
      if (!question) return;
      clearTimeout(question.overdue);
      void this.#answer(question);
    }
  }

  #mayServe(account: string): boolean {
    const others = [...this.#busy.keys()];
    const most = this.#terms.processes - 1;
    if (others.filter((other) => other.account === account).length >= most) return false;
    return !this.#slow.has(account) || others.filter((other) => this.#slow.has(other.account)).length < most;
  }

  async #answer(question: Question): Promise<void> {
    const { account, schema, answers, resolve, reject } = question;
    const { compileMs, checkMs } = this.#terms;
    const process = this.#process();
    if (!process) return reject(new SchemasBusy('no process can be started'));
    this.#busy.set(question, process);
    const answer = await process.request({ schema, answers, compileMs, checkMs });
    this.#busy.delete(question);
    if (process.isAlive) this.#idle.push(process);
    if (answer.kind === 'too_slow' || answer.kind === 'lost') this.#slow.set(account, true);
    if (answer.kind === 'unavailable') reject(new SchemasBusy('the process for schemas has ended'));
    else resolve(foundIn(answer, answers.length > 0));
    this.#serve();
  }

  /** One that has nothing to do, or a new one; undefined when the system has none. */
  #process(): SchemaProcess | undefined {
    this.#idle = this.#idle.filter(({ isAlive }) => isAlive);
    try {
      return this.#idle.pop() ?? new SchemaProcess();
    } catch {
      return undefined;
    }
  }
}

function foundIn(answer: Exclude<SchemaAnswer, { readonly kind: 'unavailable' }>, isCheck: boolean): SchemaVerdict {
  if (answer.kind === 'found') return answer.found;
  const much = answer.kind === 'too_slow' ? 'too long' : 'too much memory';
  return { refusedFor: isCheck ? `takes ${much} on it` : `does not compile: it takes ${much}` };
}

function charactersOf({ schema, answers }: Question): number {
  return answers.reduce((sum, { text }) => sum + (text?.length ?? 0), schema.length);
}
