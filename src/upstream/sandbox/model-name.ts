/** What a sandbox model does: it echoes, after a delay, or up to a cut; or it fails with a status. */
export type SandboxModel =
  | { readonly kind: 'echo'; readonly delayMs: number; readonly cutAfterChunks: number | undefined }
  | { readonly kind: 'status'; readonly status: number };

/** Reads a sandbox model's name: `echo`, `slow-<ms>`, `cut-<chunks>` or `status-<400…599>`; undefined for any other. */
export function sandboxModel(name: unknown): SandboxModel | undefined {
  const [, kind, digits] = /^(echo|slow|cut|status)(?:-(\d{1,6}))?$/.exec(String(name)) ?? [];
  if (kind === 'echo') return digits === undefined ? { kind, delayMs: 0, cutAfterChunks: undefined } : undefined;
  if (digits === undefined) return undefined;
  const number = Number(digits);
  if (kind === 'slow') return { kind: 'echo', delayMs: number, cutAfterChunks: undefined };
  if (kind === 'cut') return { kind: 'echo', delayMs: 0, cutAfterChunks: number };
  return number >= 400 && number < 600 ? { kind: 'status', status: number } : undefined;
}
