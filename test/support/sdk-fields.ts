import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Where the SDKs of the providers declare what a request may hold. */
const DECLARATIONS = [
  'openai/resources/chat/completions/completions.d.ts',
  'openai/resources/embeddings.d.ts',
  'openai/resources/moderations.d.ts',
  'openai/resources/shared.d.ts',
  '@anthropic-ai/sdk/resources/messages/messages.d.ts',
  '@google/genai/dist/genai.d.ts',
  'cohere-ai/dist/api/resources/v2/client/requests/V2ChatRequest.d.ts',
  'cohere-ai/dist/api/resources/v2/client/requests/V2EmbedRequest.d.ts',
  '@aws-sdk/client-bedrock-runtime/dist-types/models/models_0.d.ts',
  'replicate/index.d.ts',
] as const;

/**
 * Types of answers and of other services say nothing of requests; the rest is taken, rather too much than too little.
 */
const NOT_ASKED = /Response|Output|Delta|Event|Chunk|File|Batch|TuningJob|Video|Live|Interaction/;

/**
 * Fields that providers without an SDK of their own here document, and what is seen in the field (the fact sheet of the
 * providers).
 */
const VENDOR_FIELDS = `
  annotations best_of cache_control cached_content candidate_count chat_template_kwargs citation_options clear_thinking compliance compound_custom
  context_length_exceeded_behavior conversation data_sources deferred disable_reasoning disable_search documents echo extra_body guardrails
  guided_json ignore_eos image_config images include_reasoning keep_alive logit_bias max_input_tokens max_new_tokens max_output_tokens
  max_price max_tokens_to_sample min_p min_tokens mirostat_target models num_ctx num_generations num_predict options parallel_function_calling
  perf_metrics_in_response plugins preset previous_response_id prompt prompt_mode prompt_name prompt_truncate_len provider random_seed raw_output
  reasoning reasoning_content reasoning_details reasoning_format reasoning_history repetition_penalty return_images return_related_questions route
  safe_prompt safety_model search_domain_filter search_parameters search_recency_filter search_settings session_id speculation stream_mode
  template thinking think thinking_budget top_a top_k transforms truncate typical_p usage use_beam_search vector_store_ids video_url
  web_search web_search_options constructor __proto__ toString prototype hasOwnProperty`;

/**
 * The names of all fields that a request to some provider may have, as the installed SDKs' types and the vendors'
 * documents have them.
 */
export function requestFieldNames(): readonly string[] {
  const names = new Set(VENDOR_FIELDS.split(/\s+/).filter((name) => name !== ''));
  for (const path of DECLARATIONS) {
    const file = new URL(`../../node_modules/${path}`, import.meta.url);
    const source = ts.createSourceFile(path, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
    collect(source, names);
  }
  return [...names].toSorted();
}

function collect(node: ts.Node, names: Set<string>): void {
  const isType = ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node);
  if (isType && NOT_ASKED.test(node.name?.text ?? '')) return;
  const isField = ts.isPropertySignature(node) || ts.isPropertyDeclaration(node);
  if (isField && (ts.isIdentifier(node.name) || ts.isStringLiteral(node.name))) names.add(node.name.text);
  ts.forEachChild(node, (child) => collect(child, names));
}
