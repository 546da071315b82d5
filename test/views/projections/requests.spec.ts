import { attemptId, requests } from '../../../src/views/projections/requests.js';
import { ACCOUNT, ADA, id, NOON, usage } from '../events.js';
import { documentsGiven } from '../plain-book.js';

const REQUEST = id('req', 'R');

describe('requests', () => {
  it('a call is one document with measures, attribution and cost, without prices', () => {
    const event = usage({
      requestId: REQUEST,
      personal: { tags: ['beta'], properties: { env: 'prod' }, sessionId: 's1' },
    });
    const { price: _price, priceBook: _priceBook, ...measures } = event.data;
    expect([...documentsGiven(requests, [event]).values()]).toEqual([
      {
        id: attemptId(REQUEST, 1),
        position: 1,
        account: ACCOUNT,
        customer: ADA,
        occurredAt: NOON,
        requestId: REQUEST,
        bookedAt: 1,
        last: true,
        data: measures,
        personal: event.personal,
      },
    ]);
  });

  it('only the last attempt of a request stands for it, and each keeps its own place in the book', () => {
    const attempts = [1, 2, 3].map((attempt) => usage({ requestId: REQUEST, data: { attempt } }));
    expect([...documentsGiven(requests, attempts).values()]).toMatchObject([
      { id: attemptId(REQUEST, 1), bookedAt: 1, last: false },
      { id: attemptId(REQUEST, 2), bookedAt: 2, last: false },
      { id: attemptId(REQUEST, 3), bookedAt: 3, last: true },
    ]);
  });

  it('attempts that were never booked leave no document', () => {
    const documents = documentsGiven(requests, [usage({ requestId: REQUEST, data: { attempt: 3 } })]);
    expect([...documents.keys()]).toEqual([attemptId(REQUEST, 3)]);
  });

  it('a call whose key is gone is there without attribution', () => {
    expect([...documentsGiven(requests, [usage({ personal: null })]).values()]).toMatchObject([
      { personal: null, data: { costNanoUsd: '100' } },
    ]);
  });
});
