/** Whether a message instructs, under either of the names of that role. */
export function isInstruction({ role }: { readonly role?: unknown }): boolean {
  return role === 'system' || role === 'developer';
}

/** The same conversation with what the system says before what was said, for servers that take it nowhere else. */
export function systemFirst<Message extends { readonly role?: unknown }>(
  messages: readonly Message[],
): readonly Message[] {
  return [...messages.filter(isInstruction), ...messages.filter((message) => !isInstruction(message))];
}
