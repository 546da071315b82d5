import { refuseLost } from '../protocols/request/answer-fields.js';
import type { EmbeddingsWireCall } from './embeddings-wire.js';

/** Fields of other APIs that change the vectors. A wire with its own format refuses those that it cannot translate. */
const VECTOR_FIELDS: readonly string[] = [
  // Other inputs.
  'texts inputs inputText inputImage images image content contents requests messages title',
  'prompt prompt_name prefix instruction system',
  // The purpose of the vectors.
  'input_type task_type taskType task embedding_purpose embeddingPurpose singleEmbeddingParams',
  // The length of texts, and truncation.
  'truncate truncation truncation_direction truncation_side truncationMode truncate_prompt_tokens auto_truncate autoTruncate',
  'max_tokens max_length late_chunking add_special_tokens',
  // The length and number type of vectors.
  'output_dimension output_dimensionality outputDimensionality outputEmbeddingLength embedding_dimension embeddingConfig',
  'output_dtype embedding_type embedding_types embeddingTypes normalize normalized pooling return_multivector',
  'embedding_config embedContentConfig parameters options extra_body',
].flatMap((names) => names.split(' '));

/** Every wire asks for plain numbers and one vector for each text. */
const IDLE: ReadonlyMap<string, readonly unknown[]> = new Map([
  ['embedding_type', ['float']],
  ['output_dtype', ['float']],
]);

/**
 * Throws `unsupported_parameter` for the first field whose loss would change the vectors.
 * @param taken the fields of other APIs that the wire supports
 */
export function refuseLostFields(call: EmbeddingsWireCall, taken: readonly string[]): void {
  refuseLost(call, { fields: VECTOR_FIELDS, idle: IDLE, taken });
}
