/** A route of the running gateway. */
export interface Route {
  readonly method: string;
  /** With its parameters: `/v1/customers/:id`. */
  readonly path: string;
}

const LEVEL = 4;

/**
 * Reads the tree that Fastify prints of its routes: four characters a level, then the rest of the path and its methods.
 */
export function routesIn(printed: string): Route[] {
  const routes: Route[] = [];
  const above: string[] = [];
  for (const line of printed.split('\n')) {
    const [, tree = '', part, methods] = /^([│├└─ ]*?)(\/\S*|\*) \(([A-Z, ]+)\)$/.exec(line) ?? [];
    if (part === undefined || methods === undefined) continue;
    const level = tree.length / LEVEL;
    above.length = level - 1;
    const path = above.join('') + (part === '*' ? '/*' : part);
    above.push(part === '*' ? '/*' : part);
    routes.push(...methods.split(', ').map((method) => ({ method, path })));
  }
  return routes;
}
