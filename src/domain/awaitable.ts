/**
 * A value that is here, or comes later. Most of what a call asks for is in memory: to wait for that as for a promise
 * costs the event loop a turn for each question.
 */
export type Awaitable<Value> = Value | Promise<Value>;

/** Goes on with a value: at once when it is here. */
export function andThen<Value, Result>(
  value: Awaitable<Value>,
  use: (value: Value) => Awaitable<Result>,
): Awaitable<Result> {
  return value instanceof Promise ? value.then(use) : use(value);
}
