import type { ModelPrice } from '../../domain/pricing/pricing.js';
import type { Provider } from '../provider.js';

/**
 * What a name says of a model that is made for something else than chat, vectors and verdicts: pictures, films, speech,
 * scans, ranking.
 */
const OTHER_TRADES =
  /(?:^|[-/.:])(?:dall-e|imagen|imagine|image|sora|veo|video|whisper|transcribe|tts|speech|voice|sonic|native-audio|live|realtime|ocr|rerank)(?:[-.:]|$)/i;

/**
 * Whether a model can be called at a provider by this name, on chat, embeddings or moderations, as far as its name and
 * the units of its price tell. A name that tells nothing passes.
 */
export function isServed(provider: Provider, model: string, price: ModelPrice | undefined): boolean {
  if (provider.models?.includes(model)) return true;
  // Only the owner knows what deployments are called; the operator names one by setting its price.
  if (provider.callsDeployments && !price?.isCustom) return false;
  if (provider.unlisted?.test(model) || OTHER_TRADES.test(model)) return false;
  switch (price?.sells) {
    case 'pictures':
    case 'transcripts':
      return false;
    case 'speech':
      return provider.protocol === 'openai-chat' && !provider.quirks.request?.refuse?.includes('audio');
    case 'vectors':
      return provider.embeddings !== undefined;
    case undefined:
      return true;
  }
}
