import type { Config } from '../../../src/config/config.js';
import type { DocumentStore } from '../../../src/views/document-store.js';
import { GetCustomer, GetCustomerHandler } from '../../../src/views/queries/get-customer.js';
import { GetMargin, GetMarginHandler } from '../../../src/views/queries/get-margin.js';
import { GetRequest, GetRequestHandler } from '../../../src/views/queries/get-request.js';
import { GetUsage, GetUsageHandler } from '../../../src/views/queries/get-usage.js';
import { GetWallet, GetWalletHandler } from '../../../src/views/queries/get-wallet.js';
import { ListCustomers, ListCustomersHandler } from '../../../src/views/queries/list-customers.js';
import { ListRequests, ListRequestsHandler } from '../../../src/views/queries/list-requests.js';
import { UsageSummation } from '../../../src/views/queries/summed-usage.js';
import { ACCOUNT } from '../events.js';
import type { ViewsUnderTest } from '../views-under-test.js';

type Parameters = Readonly<Record<string, string | readonly string[]>>;

/** An answer as a caller gets it. */
type Json = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any

/** Asks the queries as the front door does and gives what a caller would read. */
export function asking(views: ViewsUnderTest, account = ACCOUNT, readTimeoutMs = 60_000) {
  const { documents, runner, clock, events, decoder } = views;
  const getCustomer = new GetCustomerHandler(documents, runner, clock);
  const listCustomers = new ListCustomersHandler(documents, runner, clock);
  const sums = new UsageSummation(documents, runner, clock, events, decoder, { readTimeoutMs } as Config);
  const getUsage = new GetUsageHandler(sums);
  const getMargin = new GetMarginHandler(sums);
  const getWallet = new GetWalletHandler(documents, runner);
  const listRequests = new ListRequestsHandler(documents, runner);
  const getRequest = new GetRequestHandler(documents, runner);
  const customerText = async (reference: string) =>
    JSON.stringify(await getCustomer.execute(new GetCustomer(account, reference)));
  const usageText = async (parameters: Parameters = {}, reference?: string, signal?: AbortSignal) =>
    JSON.stringify(await getUsage.execute(new GetUsage(account, parameters, reference, signal)));
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
    usage: async (parameters: Parameters = {}, reference?: string, signal?: AbortSignal) =>
      read(await usageText(parameters, reference, signal)),
    margin: async (parameters: Parameters = {}, reference?: string) => read(await marginText(parameters, reference)),
    wallet: async (reference: string, parameters: Parameters = {}) =>
      read(JSON.stringify(await getWallet.execute(new GetWallet(account, reference, parameters)))),
    requests: async (parameters: Parameters = {}) =>
      read(JSON.stringify(await listRequests.execute(new ListRequests(account, parameters)))),
    request: async (requestId: string) =>
      read(JSON.stringify(await getRequest.execute(new GetRequest(account, requestId)))),
  };
}

export type Asking = ReturnType<typeof asking>;

/**
 * What happens before each search of a store and before each of its snapshots, whose searches count too, and with what
 * was found.
 */
interface Watcher {
  readonly before?: () => unknown;
  readonly found?: (documents: number) => void;
}

/** Watches every search of a store until the function that it gives is called. */
export function watchSearches(documents: DocumentStore, { before, found }: Watcher): () => void {
  const { findTogether, snapshot } = documents;
  const watched =
    (ask: DocumentStore['findTogether']): DocumentStore['findTogether'] =>
    async (searches) => {
      await before?.();
      const answers = await ask(searches);
      found?.(answers.flat().length);
      return answers;
    };
  documents.findTogether = watched(findTogether.bind(documents));
  documents.snapshot = async () => {
    await before?.();
    const begun = await snapshot.call(documents);
    return { findTogether: watched(begun.findTogether), end: begun.end };
  };
  return () => Object.assign(documents, { findTogether, snapshot });
}

/** The refusal of a question: its code, param and status. */
export async function refusal(
  asked: Promise<unknown>,
): Promise<{ code: string; param: string | null; message: string }> {
  return asked.then(
    () => {
      throw new Error('it was answered');
    },
    (error: { code: string; param: string | null; message: string }) => error,
  );
}
