import { makeCustomer } from './limited-customers.js';
import type { Ringside } from './ringside.js';

/** What a change of a wallet is answered with: the transaction, or the error. */
// oxlint-disable-next-line typescript/no-explicit-any
type Changed = readonly [status: number, body: any];

/** Asks for a change of a wallet. A body that is text is sent as it is. */
export async function changeWallet(
  ringside: Ringside,
  customer: string,
  way: 'topup' | 'adjust' | 'refund',
  body: unknown,
): Promise<Changed> {
  const answer = await ringside.fetch(`/v1/customers/${encodeURIComponent(customer)}/wallet/${way}`, { body });
  return [answer.status, await answer.json()];
}

/** Makes a customer with so many dollars in its wallet; its id. */
export async function makePrepaid(
  ringside: Ringside,
  externalId: string,
  amountUsd: number,
  fields: object = {},
): Promise<string> {
  const { id } = await makeCustomer(ringside, externalId, fields);
  expect(await changeWallet(ringside, id, 'topup', { amount_usd: amountUsd })).toMatchObject([
    201,
    { balance_usd: amountUsd },
  ]);
  return id;
}

/** The transactions of a wallet, oldest first, as type, amount and the balance they left. */
export async function transactionsOf(ringside: Ringside, customer: string): Promise<[string, number, number][]> {
  const { transactions } = await ringside.get(`/v1/customers/${customer}/wallet?limit=200`);
  type Shown = { type: string; amount_usd: number; balance_usd: number };
  return (transactions.data as Shown[])
    .toReversed()
    .map(({ type, amount_usd, balance_usd }) => [type, amount_usd, balance_usd]);
}
