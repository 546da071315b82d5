import { BEGINNING } from './user-words.js';

/**
 * The same conversation with what the system says before what was said, for servers that take it nowhere else. Where nothing was said, the
 * user begins.
 */
export function systemFirst<Message extends { readonly role?: unknown }>(
  messages: readonly Message[],
): readonly (Message | { readonly role: 'user'; readonly content: string })[] {
  const isSystem = ({ role }: Message) => role === 'system' || role === 'developer';
  const said = messages.filter((message) => !isSystem(message));
  return [...messages.filter(isSystem), ...(said.length > 0 ? said : [{ role: 'user', content: BEGINNING } as const])];
}
