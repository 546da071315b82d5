import { GetCustomer, GetCustomerHandler } from '../../../src/views/queries/get-customer.js';
import { GetMargin, GetMarginHandler } from '../../../src/views/queries/get-margin.js';
import { GetRequest, GetRequestHandler } from '../../../src/views/queries/get-request.js';
import { GetUsage, GetUsageHandler } from '../../../src/views/queries/get-usage.js';
import { GetWallet, GetWalletHandler } from '../../../src/views/queries/get-wallet.js';
import { ListCustomers, ListCustomersHandler } from '../../../src/views/queries/list-customers.js';
import { ListRequests, ListRequestsHandler } from '../../../src/views/queries/list-requests.js';
import { ACCOUNT } from '../events.js';
import type { ViewsUnderTest } from '../views-under-test.js';

type Parameters = Readonly<Record<string, string | readonly string[]>>;

/** An answer as a caller gets it. */
type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any

/** Asks the queries as the front door does and gives what a caller would read. */
export function asking(views: ViewsUnderTest, account = ACCOUNT) {
  const { documents, runner, clock, events, decoder } = views;
  const getCustomer = new GetCustomerHandler(documents, runner, clock);
  const listCustomers = new ListCustomersHandler(documents, runner, clock);
  const getUsage = new GetUsageHandler(documents, runner, clock, events, decoder);
  const getMargin = new GetMarginHandler(documents, runner, clock, events, decoder);
  const getWallet = new GetWalletHandler(documents, runner);
  const listRequests = new ListRequestsHandler(documents, runner);
  const getRequest = new GetRequestHandler(documents, runner);
  const customerText = async (reference: string) => JSON.stringify(await getCustomer.execute(new GetCustomer(account, reference)));
  const usageText = async (parameters: Parameters = {}, reference?: string) =>
    JSON.stringify(await getUsage.execute(new GetUsage(account, parameters, reference)));
  const marginText = async (parameters: Parameters = {}, reference?: string) =>
    JSON.stringify(await getMargin.execute(new GetMargin(account, parameters, reference)));
  const read = (text: string) => JSON.parse(text) as Json;
  return {
    /** The answer's text, in which money has all its digits. */
    customerText,
    usageText,
    marginText,
    customer: async (reference: string) => read(await customerText(reference)),
    customers: async (parameters: Parameters = {}) =>
      read(JSON.stringify(await listCustomers.execute(new ListCustomers(account, parameters)))),
    usage: async (parameters: Parameters = {}, reference?: string) => read(await usageText(parameters, reference)),
    margin: async (parameters: Parameters = {}, reference?: string) => read(await marginText(parameters, reference)),
    wallet: async (reference: string, parameters: Parameters = {}) =>
      read(JSON.stringify(await getWallet.execute(new GetWallet(account, reference, parameters)))),
    requests: async (parameters: Parameters = {}) =>
      read(JSON.stringify(await listRequests.execute(new ListRequests(account, parameters)))),
    request: async (requestId: string) => read(JSON.stringify(await getRequest.execute(new GetRequest(account, requestId)))),
  };
}

export type Asking = ReturnType<typeof asking>;

/** The refusal of a question: its code, param and status. */
export async function refusal(asked: Promise<unknown>): Promise<{ code: string; param: string | null; message: string }> {
  return asked.then(
    () => {
      throw new Error('it was answered');
    },
    (error: { code: string; param: string | null; message: string }) => error,
  );
}
