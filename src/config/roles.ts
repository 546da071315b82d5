import { ConfigError, type Role } from './config.js';

/** What a process of this version can be. */
const ROLES: readonly Role[] = ['gateway', 'projector'];

/** Roles of the public contract that this version cannot take on: to ignore one would break a promise silently. */
const NOT_YET_SUPPORTED: readonly string[] = ['webhooks'];

/** All roles of this version, as the environment names them. */
export const ALL_ROLES = ROLES.join(',');

/**
 * The roles in a list such as `gateway,projector`, each once.
 * @throws ConfigError for a role that is not known or not supported, and for a list that no process of the embedded
 * engine can be
 */
export function rolesOf(text: string): readonly Role[] {
  const named = text.split(',').map((name) => name.trim());
  const notYet = named.find((name) => NOT_YET_SUPPORTED.includes(name));
  if (notYet)
    throw new ConfigError(
      `RINGSIDE_ROLES names ${notYet}, which this version of Ringside does not support; leave it out`,
    );
  const isRole = (name: string) => ROLES.some((role) => role === name);
  if (!named.every(isRole))
    throw new ConfigError(
      `RINGSIDE_ROLES must be a list of ${ROLES.join(' and ')}, with commas between, but was ${JSON.stringify(text)}`,
    );
  const roles = ROLES.filter((role) => named.includes(role));
  // A gateway answers reads from what its own process has folded, and views of the embedded engine are of no use to
  // anybody else.
  if (roles.length < ROLES.length)
    throw new ConfigError(
      `RINGSIDE_ROLES must name ${ROLES.join(' and ')}, but was ${JSON.stringify(text)}: on the embedded engine one process is both`,
    );
  return roles;
}
