/** Says in words that a tool must be called, to a model whose `tool_choice` cannot. */
export function forcedCallInstruction(name: string | undefined): string {
  return `Answer by calling ${name === undefined ? 'one of the tools' : `the tool "${name}"`}, not with text.`;
}
