import type { CallContent } from './call.js';
import type { Target } from './target.js';

/** The most that a request makes a model read and write, by what goes out to the provider. */
export interface RequestSize {
  /** All strings and keys, as the model may read them. */
  readonly texts: readonly string[];
  /** The most tokens of everything else: images, and what providers write around messages, calls, schemas and texts. */
  readonly otherTokens: number;
  /** The largest output limit that goes out, in tokens; undefined where none does. */
  readonly outputLimit: number | undefined;
  /** How many answers the request asks for; 1 where it does not say. */
  readonly choices: number;
}

/** Knows what of a call goes out to a model; a port, since policy asks and the upstream room renders the requests. */
export abstract class RequestSizes {
  /**
   * The size of the request that would be sent to this target now. Nothing is sent or fetched.
   * @throws RingsideError `model_unpriced` naming the field or part of the request that nothing bounds the cost of
   * (R3), and what the provider does not take at all, as sending it would: `unsupported_parameter`, `invalid_parameter`
   */
  abstract sizeOf(call: CallContent, target: Target): RequestSize;
}
