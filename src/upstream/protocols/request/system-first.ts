/** Whether a message is a system or developer message. */
export function isInstruction({ role }: { readonly role?: unknown }): boolean {
  return role === 'system' || role === 'developer';
}

/** The same conversation with the system messages first, for servers that require it. */
export function systemFirst<Message extends { readonly role?: unknown }>(
  messages: readonly Message[],
): readonly Message[] {
  return [...messages.filter(isInstruction), ...messages.filter((message) => !isInstruction(message))];
}
