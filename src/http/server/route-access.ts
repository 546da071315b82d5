import { RouteConfig } from '@nestjs/platform-fastify';

/** Who may ask a route: holders of an account's key, the operator, or anybody. */
export type Access = 'server_key' | 'operator' | 'none';

/** What a route's bodies are: this decides how large they may be and how their numbers are read (`body-limits.ts`). */
export type BodyKind = 'control_plane' | 'inference' | 'price_book';

/** What the front door must know of a route before anything of a body is read. */
export interface RouteEntry {
  readonly access: Access;
  readonly body: BodyKind;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set by `RouteAccess`; the server does not start with a route that has none. */
    readonly entry?: RouteEntry;
  }
}

/** Says of all routes of a controller who may ask them, and what their bodies are. */
export function RouteAccess(access: Access, body: BodyKind = 'control_plane'): ClassDecorator {
  const entry: RouteEntry = { access, body };
  return ({ prototype }) => {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const property = Object.getOwnPropertyDescriptor(prototype, name)!;
      // Fastify shows the hooks this data of a route, and knows nothing of controllers.
      if (name !== 'constructor' && typeof property.value === 'function')
        RouteConfig({ entry })(prototype as object, name, property);
    }
  };
}
