import { percentilesOf } from '../percentiles.ts';
import { ask, type Readable } from './reads.ts';

/** What settings cost that are set again and again: the median of the first and last ones, in milliseconds. */
export interface SettingCost {
  readonly name: string;
  readonly times: number;
  readonly firstPutMs: number;
  readonly lastPutMs: number;
  /** The next call after a setting. */
  readonly firstCallMs: number;
  readonly lastCallMs: number;
}

const COMPARED = 20;
const CUSTOMER = 'settings';

interface Setting {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body: (number: number) => object;
}

/** The same few settings of one account and one customer. */
export const SETTINGS: readonly Setting[] = [
  {
    name: 'a provider key',
    method: 'PUT',
    path: 'provider_keys/openai',
    body: (number) => ({ api_key: `sk-bench-${String(number).padStart(12, '0')}` }),
  },
  {
    name: 'a slot',
    method: 'PUT',
    path: 'slots/fast',
    body: (number) => ({ target: number % 2 === 0 ? 'fc:sandbox/echo' : ['fc:sandbox/echo', 'fc:openai/gpt-4o'] }),
  },
  {
    name: "a customer's metadata",
    method: 'PATCH',
    path: `customers/${CUSTOMER}`,
    body: (number) => ({ metadata: { revision: String(number) } }),
  },
];

/** A call that needs the slot, the account's keys and the customer. */
export async function callMs(gateway: Readable): Promise<number> {
  const body = JSON.stringify({
    model: 'slot:fast',
    user: CUSTOMER,
    max_tokens: 5,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  const started = performance.now();
  await ask(gateway, 'chat/completions', { method: 'POST', body });
  return performance.now() - started;
}

/** Sets each of the settings so many times and compares the first times with the last. */
export async function setAgainAndAgain(gateway: Readable, times: number): Promise<SettingCost[]> {
  const set = async ({ method, path, body }: Setting, number: number) => {
    const started = performance.now();
    await ask(gateway, path, { method, body: JSON.stringify(body(number)) });
    return performance.now() - started;
  };
  await set(SETTINGS[1]!, 0);
  for (let n = 0; n < COMPARED; n++) await callMs(gateway);
  const costs: SettingCost[] = [];
  for (const setting of SETTINGS) {
    const first = { puts: [] as number[], calls: [] as number[] };
    const last = { puts: [] as number[], calls: [] as number[] };
    for (let number = 0; number < times; number++) {
      const phase = number < COMPARED ? first : number >= times - COMPARED ? last : undefined;
      const ms = await set(setting, number);
      phase?.puts.push(ms);
      phase?.calls.push(await callMs(gateway));
    }
    const median = (values: readonly number[]) => percentilesOf(values).p50;
    costs.push({
      name: setting.name,
      times,
      firstPutMs: median(first.puts),
      lastPutMs: median(last.puts),
      firstCallMs: median(first.calls),
      lastCallMs: median(last.calls),
    });
  }
  return costs;
}

/** The first setting and the first call of a gateway that knows nothing yet, in milliseconds. */
export async function firstTimes(gateway: Readable): Promise<{ readonly putMs: number; readonly callMs: number }> {
  const call = await callMs(gateway);
  const { method, path, body } = SETTINGS[0]!;
  const started = performance.now();
  await ask(gateway, path, { method, body: JSON.stringify(body(0)) });
  return { putMs: performance.now() - started, callMs: call };
}
