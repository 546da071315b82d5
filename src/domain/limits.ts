/** Limits a caller can meet (api.md §3, §5), in characters unless a name says otherwise. */
export const LIMITS = {
  tagsPerCall: 10,
  tagLength: 128,
  propertiesPerCall: 20,
  propertyNameLength: 64,
  propertyValueLength: 256,
  sessionIdLength: 128,
  externalIdLength: 256,
  customerNameLength: 256,
  metadataKeys: 50,
  metadataKeyLength: 40,
  metadataValueLength: 500,
  pageSizeDefault: 50,
  pageSizeMax: 200,
} as const;
