import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { SchemaNews, SchemaQuestion } from './schema-check.worker.js';

/**
 * What became of a question: what was found; or it took too long; or its process died of it; or there was no process to
 * ask.
 */
export type SchemaAnswer =
  | Extract<SchemaNews, { readonly kind: 'found' | 'too_slow' }>
  | { readonly kind: 'lost' }
  | { readonly kind: 'unavailable' };

/** How long a process may take to start; an idle machine does it in a quarter of a second. */
const LONGEST_START_MS = 20_000;

/** The thread ends what can be interrupted by itself. What is not over so long after that is stuck, and killed. */
const GRACE_MS = 1000;

const module = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './schema-process-main.ts' : './schema-process-main.js', import.meta.url),
);

/**
 * One process for schemas, asked one question at a time. It knows nothing of the gateway's environment, does not keep
 * the gateway alive, and dies with it. A question that takes too long kills it.
 */
export class SchemaProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #isReady = false;
  #isAlive = true;
  #unsent: SchemaQuestion | undefined;
  #asked: ((answer: SchemaAnswer) => void) | undefined;
  #checkMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Begins to start it. Throws what the system says when it cannot; that may also show only in the answer. */
  constructor() {
    this.#child = fork(module, {
      env: {},
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#child.unref();
    giveWay(this.#child.pid);
    this.#child.channel?.unref();
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => resolve()).once('error', () => resolve());
    });
    this.#child.on('message', (news) => this.#hear(news as SchemaNews));
    // An error is a process that could not be started, or cannot be reached any more.
    this.#child.on('error', () => this.#lose('unavailable'));
    this.#child.on('exit', () => this.#lose(this.#isReady ? 'lost' : 'unavailable'));
  }

  /** Whether it can be asked. */
  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Asks; not before the question before has been answered. Never rejects. */
  request(question: SchemaQuestion): Promise<SchemaAnswer> {
    return new Promise((resolve) => {
      if (!this.#isAlive) return resolve({ kind: 'unavailable' });
      this.#asked = resolve;
      if (this.#isReady) return this.#send(question);
      this.#unsent = question;
      this.#limit(LONGEST_START_MS, 'unavailable');
    });
  }

  /** Ends it, whatever it is doing; an open question is answered with `unavailable`. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.#lose('unavailable');
    await this.#exited;
  }

  #send(question: SchemaQuestion): void {
    this.#checkMs = question.checkMs;
    this.#limit(question.compileMs + GRACE_MS, 'too_slow');
    this.#child.send(question, (error) => error && this.#lose('unavailable'));
  }

  #hear(news: SchemaNews): void {
    if (news.kind === 'ready') {
      this.#isReady = true;
      const question = this.#unsent;
      this.#unsent = undefined;
      if (question) this.#send(question);
    } else if (news.kind === 'checking') this.#limit(this.#checkMs + GRACE_MS, 'too_slow');
    else this.#answer(news);
  }

  /** Gives up waiting after so long, and with it the process. */
  #limit(ms: number, kind: 'too_slow' | 'unavailable'): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lose(kind), ms);
  }

  #lose(kind: 'too_slow' | 'lost' | 'unavailable'): void {
    this.#isAlive = false;
    this.#child.kill('SIGKILL');
    this.#answer({ kind });
  }

  #answer(answer: SchemaAnswer): void {
    clearTimeout(this.#timer);
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.(answer);
  }
}

/** Gives a process the lowest priority: what a caller's schema asks for must not slow down the gateway. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It may be gone already, which its exit tells, or the system may not allow it.
  }
}
