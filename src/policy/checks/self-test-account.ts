/**
 * An account that nobody has a key of and that was never opened, so that it has no credit: its calls try the guards and
 * are never sent.
 */
export const SELF_TEST_ACCOUNT = `acct_${'0'.repeat(18)}canary`;
