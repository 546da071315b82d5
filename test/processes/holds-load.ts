import { setTimeout as delay } from 'node:timers/promises';
import type { GatewayProcess } from '../support/gateway-process.js';
import { countedUsage, DONE, echoedText, type Script, type ServedUsage } from '../support/scripted-upstream.js';
import { unhurriedEcho } from './loaded-gateway.js';

const CALLS_AT_ONCE = 12;
const MOST_ANSWERS = 24;
const LONGEST_LOAD_MS = 100;
const LONGEST_THOUGHT_MS = 40;
const LONGEST_STAY_MS = 60;
const OUTPUT_TOKENS = 100;
const MOST_WORDS = 60;

/** A call under the name that its caller, the upstream and the book know it by. */
interface NamedCall {
  readonly name: string;
  readonly customer: string;
  readonly content: string;
  readonly stream: boolean;
  /** When its caller leaves, if nothing is answered before; undefined for callers who stay. */
  readonly staysMs: number | undefined;
}

type CallEnd = 'whole' | 'refused' | 'left' | 'cut off';

/** What a caller has who got the whole answer. */
interface Finished {
  readonly requestId: string;
  readonly usage: ServedUsage;
}

/**
 * Calls of customers with budgets and wallets, as many at a time as there are callers, until their gateway is killed.
 */
export class HoldsLoad {
  readonly finished: Finished[] = [];
  /** Who made each call. */
  readonly customers = new Map<string, string>();
  /** What the upstream has begun to answer. */
  readonly served = new Map<string, ServedUsage>();
  refused = 0;

  constructor(private readonly random: () => number) {}

  /** Thinks for a moment, then echoes in small pieces. */
  get script(): Script {
    const answer = unhurriedEcho();
    return async (request, ...rest) => {
      await delay(this.random() * LONGEST_THOUGHT_MS);
      const text = echoedText(request);
      this.served.set(nameIn(text), countedUsage(text, text));
      return answer(request, ...rest);
    };
  }

  /** Loads a gateway until it has given some answers and a little longer, kills it and waits for the last caller. */
  async loadAndKill(gateway: GatewayProcess, customers: readonly string[]): Promise<void> {
    let killed = false;
    let answers = Math.ceil(this.random() * MOST_ANSWERS);
    const answered = Promise.withResolvers<void>();
    const caller = async () => {
      while (!killed) {
        const end = await this.make(gateway, this.next(customers));
        if (end === 'cut off' && !killed) throw new Error('a living gateway cut an answer off');
        if (end === 'whole' && --answers === 0) answered.resolve();
      }
    };
    const load = Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller));
    await Promise.race([answered.promise, load]);
    await delay(this.random() * LONGEST_LOAD_MS);
    killed = true;
    await gateway.kill();
    await load;
  }

  private next(customers: readonly string[]): NamedCall {
    const { random } = this;
    const name = `call-${this.customers.size}`;
    const customer = customers[Math.floor(random() * customers.length)]!;
    this.customers.set(name, customer);
    const content = `${name} ${'word '.repeat(random() * MOST_WORDS)}`;
    return {
      name,
      customer,
      content,
      stream: random() < 0.5,
      staysMs: random() < 0.2 ? random() * LONGEST_STAY_MS : undefined,
    };
  }

  private async make(
    gateway: GatewayProcess,
    { name, customer, content, stream, staysMs }: NamedCall,
  ): Promise<CallEnd> {
    const leaving = new AbortController();
    const left = staysMs === undefined ? undefined : setTimeout(() => leaving.abort(), staysMs);
    const body = { user: customer, stream, max_tokens: OUTPUT_TOKENS, messages: [{ role: 'user', content }] };
    try {
      const response = await gateway.chat(body, { headers: { 'FC-Session-Id': name }, signal: leaving.signal });
      const text = await response.text();
      if (response.status === 402) {
        this.refused++;
        return 'refused';
      }
      if (response.status !== 200 || (stream && !text.endsWith(DONE)))
        throw new Error(`answered ${response.status}: ${text}`);
      this.finished.push({ requestId: response.headers.get('x-request-id')!, usage: countedUsage(content, content) });
      return 'whole';
    } catch (error) {
      // Fetch's ways of saying that the connection broke, or was broken off here.
      if ((error as Error).name === 'TypeError') return 'cut off';
      if ((error as Error).name === 'AbortError') return 'left';
      throw error;
    } finally {
      clearTimeout(left);
    }
  }
}

function nameIn(text: string): string {
  return text.slice(0, text.indexOf(' '));
}
