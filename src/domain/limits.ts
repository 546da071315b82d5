/** Limits a caller can meet (api.md §3, §5), in characters unless a name says otherwise. */
export const LIMITS = {
  tagsPerCall: 10,
  tagLength: 128,
  propertiesPerCall: 20,
  propertyNameLength: 64,
  propertyValueLength: 256,
  sessionIdLength: 128,
  idempotencyKeyLength: 255,
  /** Models of a cascade, or of a slot. */
  modelsPerCall: 10,
  externalIdLength: 256,
  customerNameLength: 256,
  metadataKeys: 50,
  metadataKeyLength: 40,
  metadataValueLength: 500,
  pricesPerBook: 2000,
  modelNameLength: 256,
  noteLength: 500,
  /** Of one account, or of the platform. */
  slots: 500,
  /** A shorter key would be told by the four characters that are shown of it. */
  providerKeyLengthMin: 12,
  providerKeyLength: 4096,
  providerSettingLength: 512,
  baseUrlLength: 2048,
  /** Requests or tokens: the highest rate limit that can be set. */
  perMinute: 1_000_000_000,
  pageSizeDefault: 50,
  pageSizeMax: 200,
  /** Rows of usage and margin in one answer; also how many there are when nobody says. */
  usageRowsMax: 1000,
} as const;
