import { FixtureUpstream } from '../support/fixture-upstream.js';
import { upstreamRoom } from './calling.js';

/** The upstream room, and a server that stands in the place of every provider. */
export interface FixtureRoom {
  readonly room: ReturnType<typeof upstreamRoom>;
  /** There from the first test on. */
  readonly server: FixtureUpstream;
}

/** Opens both for the whole of a spec, and closes them behind it. The arguments are those of `upstreamRoom`. */
export function fixtureRoom(...settings: Parameters<typeof upstreamRoom>): FixtureRoom {
  const room = upstreamRoom(...settings);
  let server: FixtureUpstream;
  beforeAll(async () => {
    server = await FixtureUpstream.start();
  });
  afterAll(async () => {
    await room.onApplicationShutdown();
    await server.close();
  });
  return {
    room,
    get server() {
      return server;
    },
  };
}
