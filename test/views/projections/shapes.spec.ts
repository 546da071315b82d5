import { DocumentRows } from '../../../src/engines/sqlite/document-rows.js';
import { PROJECTIONS } from '../../../src/views/projections/index.js';
import { accountOpened, ADA, customerCreated, UNATTRIBUTED, usage } from '../events.js';
import { ViewsUnderTest } from '../views-under-test.js';

it('what is stored once for each call and customer has a shape, so that no names are stored with it', async () => {
  const views = await ViewsUnderTest.open();
  await views.given(
    accountOpened(),
    customerCreated(UNATTRIBUTED, null),
    customerCreated(ADA, 'ada'),
    usage({ customer: ADA }),
    usage({ customer: ADA, personal: { tags: ['a'], sessionId: 's', properties: { env: 'x' } } }),
    usage({ customer: UNATTRIBUTED }),
  );
  const shaped: string[] = [];
  for (const { name, collection } of PROJECTIONS.filter(({ shapes }) => shapes)) {
    const rows = new DocumentRows(collection);
    const found = await views.documents.find(collection.name, {});
    for (const document of found) {
      const row: (string | number)[] = [];
      rows.pack(document, row as never[]);
      expect(`${name} ${row[2]}`).toBe(`${name} ${String(row[2]).replace(/^\{/, '[')}`);
    }
    if (found.length > 0) shaped.push(name);
  }
  expect(shaped.toSorted()).toEqual(['customers', 'requests', 'statements', 'usage']);
  await views.close();
});
