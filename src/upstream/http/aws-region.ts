import type { ProviderSettings, SettingForm } from '../../domain/call/target.js';

/** Where AWS is called when nobody says where. */
const DEFAULT_REGION = 'us-east-1';

/** A region's name is one label of a host's name, e.g. `eu-north-1`, `us-gov-west-1`. */
export const AWS_REGION: SettingForm = {
  pattern: /^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/,
  words: 'the name of an AWS region such as eu-west-1',
};

/** The region in the name of an AWS host, e.g. `vpce-1.bedrock-runtime.eu-west-1.vpce.amazonaws.com`. */
const REGION_OF_HOST = /[./]([a-z]{2}(?:-[a-z]+)+-\d{1,2})\.(?:vpce\.)?(?:amazonaws\.com|api\.aws)/;

/** The region that is set, or else the default; undefined when what is set is no region's name. */
export function awsRegion({ region = DEFAULT_REGION }: ProviderSettings): string | undefined {
  return AWS_REGION.pattern.test(region) ? region : undefined;
}

/**
 * The region that a request to a base URL is signed for: the one that the URL names, else the one that is set, else the
 * default.
 */
export function signedRegion({ region = DEFAULT_REGION }: ProviderSettings, baseUrl: string): string {
  return REGION_OF_HOST.exec(baseUrl)?.[1] ?? region;
}
