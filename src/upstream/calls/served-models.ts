import type { ModelPrice } from '../../domain/pricing/pricing.js';
import type { Provider } from '../provider.js';

/** Name parts of models that are not for chat, embeddings or moderations: images, video, speech, scans, ranking. */
const OTHER_TRADES =
  /(?:^|[-/.:])(?:dall-e|imagen|imagine|image|sora|veo|video|whisper|transcribe|tts|speech|voice|sonic|native-audio|live|realtime|ocr|rerank)(?:[-.:]|$)/i;

/**
 * Whether a provider's model can be called on chat, embeddings or moderations, as far as its name and the units of its
 * price tell. An unclear name passes.
 */
export function isServed(provider: Provider, model: string, price: ModelPrice | undefined): boolean {
  if (provider.models?.includes(model)) return true;
  // Only the owner knows the names of deployments. The operator names one by setting its price.
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
