/** An instruction to call a tool, for models that cannot be forced by `tool_choice`. */
export function forcedCallInstruction(name: string | undefined): string {
  return `Answer by calling ${name === undefined ? 'one of the tools' : `the tool "${name}"`}, not with text.`;
}
