/** An account that nobody has a key of and that was never opened, so that it has no credit: its calls try the guards and are never sent. */
export const CANARY_ACCOUNT = `acct_${'0'.repeat(18)}canary`;
