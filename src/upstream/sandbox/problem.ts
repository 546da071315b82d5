import { asObject, type JsonObject } from '../json/json.js';

/** What is wrong with a request, as a server would report it. */
export interface Problem {
  readonly message: string;
  readonly param: string | null;
}

/** A problem with one field. */
export function invalid(param: string, text: string): Problem {
  return { message: `Invalid '${param}': ${text}`, param };
}

/** Whether a field is left out. OpenAI treats null the same. */
export function isLeftOut(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

/** The first problem that one of several checks finds. */
export function firstProblem(looks: readonly (() => Problem | undefined)[]): Problem | undefined {
  for (const look of looks) {
    const problem = look();
    if (problem) return problem;
  }
  return undefined;
}

/** Whether each value of an object is a text. */
export function isTextObject(value: unknown): boolean {
  const object = asObject(value);
  return object !== undefined && Object.values(object).every((one) => typeof one === 'string');
}

/** The first field that OpenAI does not know, which it refuses. */
export function unknownField(
  body: JsonObject,
  known: ReadonlySet<string> | ReadonlyMap<string, unknown>,
): Problem | undefined {
  const field = Object.keys(body)
    .find((name) => !known.has(name))
    ?.slice(0, 100);
  return field === undefined ? undefined : { message: `Unknown parameter: '${field}'`, param: field };
}
