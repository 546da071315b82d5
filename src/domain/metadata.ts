/** The developer's own notes on a customer: at most 50 short strings by name, as at Stripe. */
export type Metadata = Readonly<Record<string, string>>;
