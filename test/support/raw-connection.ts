import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SERVER_KEY, type Ringside } from './ringside.js';

/** One answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed; undefined for an empty one. */
  // Answers are what a test expects them to be.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** A connection that sends what it is told to, byte for byte, and never closes its own side. */
export class RawConnection {
  private static readonly all = new Set<RawConnection>();

  private received = '';
  /** The local port, by which the server's end is found. */
  port = 0;

  private constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', (text: string) => (this.received += text));
    socket.on('error', () => undefined);
  }

  static async open({ url }: Ringside): Promise<RawConnection> {
    const { hostname: host, port } = new URL(url);
    const socket = connect({ host, port: Number(port), allowHalfOpen: true, noDelay: true });
    const connection = new RawConnection(socket);
    RawConnection.all.add(connection);
    await once(socket, 'connect');
    connection.port = socket.localPort!;
    return connection;
  }

  /** All that has come so far. */
  get text(): string {
    return this.received;
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** A request's head: the lines as given, and the end. */
  head(...lines: readonly string[]): this {
    return this.send(`${lines.join('\r\n')}\r\n\r\n`);
  }

  /** Resolves when the server has ended its side, or reset the connection. */
  async ended(): Promise<void> {
    if (this.socket.readableEnded || this.socket.destroyed) return;
    await Promise.race([once(this.socket, 'end'), once(this.socket, 'close')]);
  }

  /** The next whole answer, which must state its length. */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const end = this.received.indexOf('\r\n\r\n');
      if (end >= 0) {
        const [first, ...lines] = this.received.slice(0, end).split('\r\n');
        const headers = Object.fromEntries(
          lines.map((line) => [line.split(': ', 1)[0]!.toLowerCase(), line.slice(line.indexOf(': ') + 2)]),
        );
        const length = Number(headers['content-length'] ?? 0);
        if (this.received.length >= end + 4 + length) {
          const body = this.received.slice(end + 4, end + 4 + length);
          this.received = this.received.slice(end + 4 + length);
          return { status: Number(first!.split(' ')[1]), headers, body: body === '' ? undefined : JSON.parse(body) };
        }
      }
      if (this.socket.destroyed || this.socket.readableEnded)
        throw new Error(`no answer came, but ${JSON.stringify(this.received)}`);
      await this.moreText();
    }
  }

  /** Resolves when more has come, or nothing more will. */
  async moreText(): Promise<void> {
    await Promise.race([once(this.socket, 'data'), once(this.socket, 'end'), once(this.socket, 'close')]);
  }

  /** Closes all that are open: for the end of a test. */
  static closeAll(): void {
    for (const connection of this.all) connection.close();
    this.all.clear();
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The server's ends of its connections, as they come. */
export class ServerSockets {
  private readonly byPort = new Map<number, Socket>();

  constructor(ringside: Ringside) {
    ringside.gateway.app
      .getHttpServer()
      .on('connection', (socket: Socket) => this.byPort.set(socket.remotePort!, socket));
  }

  /** The server's end of a client's connection. */
  of({ port }: RawConnection): Socket {
    return this.byPort.get(port)!;
  }

  /** Resolves when the server has destroyed its end, whatever the client did. */
  async destroyed(connection: RawConnection): Promise<void> {
    const socket = this.of(connection);
    if (!socket.closed) await once(socket, 'close');
  }
}

/** The header that lets the first account in. */
export const WITH_KEY = `authorization: Bearer ${SERVER_KEY}`;
