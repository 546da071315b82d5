/**
 * What a sandbox model does: it answers, possibly after a delay, up to a cut, or with broken JSON at first; or it fails
 * with a status.
 */
export type SandboxModel =
  | {
      readonly kind: 'answer';
      readonly delayMs: number;
      readonly cutAfterChunks: number | undefined;
      readonly breaks: number;
    }
  | { readonly kind: 'status'; readonly status: number };

/** The paths of the sandbox, by the plain model of each endpoint. */
export const SANDBOX_PATHS = { echo: '/chat/completions', embed: '/embeddings', moderate: '/moderations' } as const;

/** The sandbox's endpoints, by those models. */
export type SandboxTask = keyof typeof SANDBOX_PATHS;

const ANSWER = { kind: 'answer', delayMs: 0, cutAfterChunks: undefined, breaks: 0 } as const;

/**
 * Reads a sandbox model's name: the endpoint's plain one (`echo`, `embed`, `moderate`), `slow-<ms>`, `cut-<chunks>`,
 * `bad-json-<times>` or `status-<400…599>`. Undefined for any other.
 */
export function sandboxModel(name: unknown, task: SandboxTask): SandboxModel | undefined {
  if (name === task) return ANSWER;
  const [, kind, digits] = /^(slow|cut|bad-json|status)-(\d{1,6})$/.exec(String(name)) ?? [];
  if (digits === undefined) return undefined;
  const number = Number(digits);
  if (kind === 'slow') return { ...ANSWER, delayMs: number };
  if (kind === 'cut') return { ...ANSWER, cutAfterChunks: number };
  if (kind === 'bad-json') return { ...ANSWER, breaks: number };
  return number >= 400 && number < 600 ? { kind: 'status', status: number } : undefined;
}
