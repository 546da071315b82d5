import type { FastifyInstance } from 'fastify';

/** The routes of a running server as `METHOD /path`, from the tree it prints of itself. Each GET is a HEAD too. */
export function routesOf(server: FastifyInstance): string[] {
  const found: string[] = [];
  const above: string[] = [];
  for (const line of server.printRoutes({ commonPrefix: false }).trimEnd().split('\n')) {
    const [, indent, path, methods] = /^((?:│ {3}| {4})*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? [];
    if (indent === undefined) throw new Error(`not a line of a route: ${line}`);
    // The tree leaves out the slash before a wildcard.
    above.splice(indent.length / 4, Infinity, path === '*' ? '/*' : path!);
    for (const method of methods?.split(', ') ?? []) if (method !== 'HEAD') found.push(`${method} ${above.join('')}`);
  }
  return found;
}
