/** The embedded stores' files in a data directory. */
export const LEDGER = 'ledger.db';
export const SUBJECTS = 'subjects.db';
export const VIEWS = 'views.db';
